// ConfigCache: the last good configuration in a file, for a start while the API is down. The file holds the
// gateway's credentials, so only its user may read it. It belongs to one token at one API: it begins with a
// hash of both.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/user_response.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::control {

class ConfigCache {
 public:
  using Time = std::chrono::system_clock::time_point;

  struct Cached {
    config::UserResponse user;
    Time written;
  };

  /// `place` is the API of the token: base URL and connection. Opens no file.
  ConfigCache(std::string path, std::string place, const Secret& token);

  /// Makes this the cache of another token.
  void use_token(const Secret& token);

  /// Returns the content, or nothing if there is no file. The error is a sentence about a file of another
  /// token, API or user, or a file that is half-written, readable by others, or not a regular file.
  Result<std::optional<Cached>, std::string> load() const;

  /// Replaces the file atomically (mode 0600). The error is a sentence.
  Result<void, std::string> store(const config::UserResponse& user, Time now) const;

  /// Removes the file if it is this token's: its configuration may not be used any more.
  void discard() const;

  const std::string& path() const noexcept { return path_; }

 private:
  Result<std::optional<Cached>, std::string> parse(std::string_view text) const;

  std::string path_;
  std::string place_;
  std::string key_;
};

}  // namespace aluvia::control
