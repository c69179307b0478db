// Defines the exit statuses, with the numbers of sysexits.h if it has one. Scripts and service managers rely
// on them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace aluvia::app {

enum ExitStatus : int {
  success = 0,
  bad_usage = 64,        ///< unknown option, missing token, bad value
  api_unavailable = 69,  ///< the API cannot be reached or answers an error
  internal_error = 70,   ///< a bug
  cannot_listen = 73,    ///< a port cannot be bound
  cannot_print = 74,     ///< stdout cannot be written
  bad_api_answer = 76,   ///< the response of the API is not valid
  token_refused = 77,    ///< 401 or 403
};

struct ExitMeaning {
  ExitStatus status;
  std::string_view text;  ///< for help and the manual page
};

/// Returns every status of `run`, in ascending order.
std::span<const ExitMeaning> exit_meanings();

/// Returns the statuses for help, one a line.
std::string exit_help();

}  // namespace aluvia::app
