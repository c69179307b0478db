// ApiError: the reason why a call to the API, or a change of the configuration, did not succeed. Values only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::config {

struct ApiError {
  enum class Kind {
    invalid,           ///< rejected by this proxy before it sent anything
    rejected,          ///< rejected by the API: 422, and any other 4xx
    token_refused,     ///< 401 or 403
    payment_required,  ///< 402, see `claim_url`
    rate_limited,      ///< 429, see `retry_after`
    api_error,         ///< 5xx, and a status that this client does not expect
    unreachable,       ///< no response; a change may have been made
    bad_answer,        ///< an invalid response; a change may have been made
    conflict,          ///< other writers kept changing the rules
    not_running,       ///< the proxy is stopping, or was not started
  };
  /// The step of a call at which there was no usable response.
  enum class Cause { none, look_up, connect, tls, time_out, too_large, broken };

  Kind kind = Kind::unreachable;
  std::string message;                                ///< one line for people; no secret
  std::optional<int> status{};                        ///< HTTP, if the API sent one
  std::string claim_url{};                            ///< with payment_required, if the API sent one
  std::optional<std::chrono::seconds> retry_after{};  ///< from the API's Retry-After
  Cause cause = Cause::none;                          ///< with unreachable and bad_answer
};

/// Returns the error of a call without a usable response: bad_answer for too_large, unreachable otherwise.
ApiError no_response(ApiError::Cause cause, std::string message);

/// Returns the name of a kind in JSON and logs, such as "token_refused".
std::string_view code(ApiError::Kind kind) noexcept;

/// Returns the HTTP status with which the proxy reports the kind to a command. Each class of statuses becomes
/// one exit status of the command line.
int http_status(ApiError::Kind kind) noexcept;

/// Returns true if the account may not use its configuration until its owner acts.
bool needs_owner(ApiError::Kind kind) noexcept;

/// Returns true if `b` repeats `a`, so that a log that reported `a` need not report `b`.
bool same_error(const ApiError& a, const ApiError& b) noexcept;

}  // namespace aluvia::config
