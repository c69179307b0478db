// The four errors of the specification (§7), thrown while starting and never later, and the end of a start
// that was called off. Each what() is one line for people: what happened, where, and what to do. No secret is
// in it.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace aluvia::agent {

class AgentConnectError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// No token was given. Thrown by the constructor of AgentConnectClient.
class MissingUserTokenError : public AgentConnectError {
 public:
  using AgentConnectError::AgentConnectError;
};

/// An option has a value that cannot be used. Thrown by the constructor; by start() where a file or the
/// system has changed since.
class InvalidOptionError : public AgentConnectError {
 public:
  /// `message` begins with `option`.
  InvalidOptionError(std::string option, const std::string& message)
      : AgentConnectError(message), option_(std::move(option)) {}

  /// The option by its name on the command line, such as `--api-base-url`.
  const std::string& option() const noexcept { return option_; }

 private:
  std::string option_;
};

/// The API refused the token: 401 or 403.
class InvalidUserTokenError : public AgentConnectError {
 public:
  using AgentConnectError::AgentConnectError;
};

/// The API gave no configuration: another status than 2xx, no answer at all, or an answer that makes no
/// sense.
class ApiError : public AgentConnectError {
 public:
  enum class Kind {
    unavailable,  ///< unreachable, or any other status than 2xx, 401 and 403
    bad_answer,   ///< 2xx, but not JSON, or without credentials
  };
  ApiError(const std::string& message, Kind what, std::optional<int> status)
      : AgentConnectError(message), kind_(what), status_code_(status) {}

  Kind kind() const noexcept { return kind_; }
  /// The HTTP status, where there was one.
  std::optional<int> status_code() const noexcept { return status_code_; }

 private:
  Kind kind_;
  std::optional<int> status_code_;
};

/// The local proxy cannot listen on the address.
class ProxyStartError : public AgentConnectError {
 public:
  explicit ProxyStartError(const std::string& message, std::error_code code = {})
      : AgentConnectError(message), code_(code) {}

  /// The system's own reason, where there was one.
  const std::error_code& code() const noexcept { return code_; }

 private:
  std::error_code code_;
};

/// stop() was called before start() had finished.
class StartCancelledError : public AgentConnectError {
 public:
  using AgentConnectError::AgentConnectError;
};

}  // namespace aluvia::agent
