// Exit statuses: promises to scripts and service managers (sysexits.h where it has a word for it).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace aluvia::app {

enum ExitStatus : int {
  stopped_as_asked = 0,
  bad_usage = 64,        ///< unknown option, missing token, bad value
  api_unavailable = 69,  ///< the API cannot be reached or answers an error
  internal_error = 70,   ///< a bug
  cannot_listen = 73,    ///< a port cannot be bound
  cannot_print = 74,     ///< stdout cannot be written
  bad_api_answer = 76,   ///< the API's answer makes no sense
  token_refused = 77,    ///< 401 or 403
};

struct ExitMeaning {
  ExitStatus status;
  std::string_view text;  ///< for people: what happened to `run`
};

/// Every status of `run`, in order; help and the manual page are made of it.
std::span<const ExitMeaning> exit_meanings();

/// A line for each, as help shows them.
std::string exit_help();

}  // namespace aluvia::app
