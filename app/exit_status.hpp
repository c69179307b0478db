// Exit statuses: promises to scripts and service managers (sysexits.h where it has a word for it).
#pragma once

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

}  // namespace aluvia::app
