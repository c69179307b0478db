// SessionStore: the file of a state directory that keeps TLS sessions with the gateway over restarts. Private
// to the module.
#pragma once

#include "base/logger.hpp"
#include "base/result.hpp"
#include "base/secret_string.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::agent {

/// One thread at a time; blocks.
class SessionStore {
 public:
  SessionStore(std::string directory, Logger logger)
      : path_(std::move(directory) + "/tls-sessions"), logger_(std::move(logger)) {}

  const std::string& path() const noexcept { return path_; }
  /// Returns the bytes of the file and removes it, so that each ticket is used by one run only; nothing if
  /// there is no file. The error is a sentence: the file cannot be read or removed, belongs to another user,
  /// is open to others, a link or too long. Its sessions must not be used then.
  Result<std::optional<SecretString>, std::string> take() const;
  /// Replaces the file. Logs the first of several failures.
  void save(std::string_view bytes);

 private:
  std::string path_;
  Logger logger_;
  bool is_failing_ = false;
};

}  // namespace aluvia::agent
