// Defines the exceptions of AgentConnectClient (specification §7). Each what() is one line without secrets:
// the error, its place, and the next step.
#pragma once

#include "base/option_id.hpp"

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

/// An option has a value that cannot be used. Thrown by the constructor, and by start() if a file or the
/// system has changed since.
class InvalidOptionError : public AgentConnectError {
 public:
  InvalidOptionError(OptionId option, std::string reason)
      : AgentConnectError("cannot use the option " + std::string(option_name(option)) + ": " + reason),
        option_(option),
        reason_(std::move(reason)) {}

  OptionId option() const noexcept { return option_; }
  /// Returns the part of what() after the name of the option.
  const std::string& reason() const noexcept { return reason_; }

 private:
  OptionId option_;
  std::string reason_;
};

/// The API rejected the token: 401 or 403.
class InvalidUserTokenError : public AgentConnectError {
 public:
  InvalidUserTokenError(const std::string& message, std::optional<int> status)
      : AgentConnectError(message), status_code_(status) {}

  /// Returns the HTTP status, 401 or 403.
  std::optional<int> status_code() const noexcept { return status_code_; }

 private:
  std::optional<int> status_code_;
};

/// The API gave no configuration: a status other than 2xx, no response, or one that is not valid.
class ApiError : public AgentConnectError {
 public:
  enum class Kind {
    unavailable,  ///< unreachable, or any other status than 2xx, 401 and 403
    bad_answer,   ///< 2xx, but not JSON, or without credentials
  };
  ApiError(const std::string& message, Kind what, std::optional<int> status)
      : AgentConnectError(message), kind_(what), status_code_(status) {}

  Kind kind() const noexcept { return kind_; }
  /// Returns the HTTP status, if there was a response.
  std::optional<int> status_code() const noexcept { return status_code_; }

 private:
  Kind kind_;
  std::optional<int> status_code_;
};

/// The local proxy cannot listen on the address.
class ProxyStartError : public AgentConnectError {
 public:
  explicit ProxyStartError(const std::string& message, std::error_code code = {},
                           std::optional<OptionId> option = {})
      : AgentConnectError(message), code_(code), option_(option) {}

  /// Returns the error of the operating system, if there is one.
  const std::error_code& code() const noexcept { return code_; }
  /// Returns the option that chooses another address or port, if that helps.
  std::optional<OptionId> option() const noexcept { return option_; }

 private:
  std::error_code code_;
  std::optional<OptionId> option_;
};

/// stop() was called before start() had finished.
class StartCancelledError : public AgentConnectError {
 public:
  using AgentConnectError::AgentConnectError;
};

}  // namespace aluvia::agent
