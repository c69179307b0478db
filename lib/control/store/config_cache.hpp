// The last good configuration in a file, for a start while the API is down. The file holds the gateway's
// credentials, so it is the user's own and nobody else's, and it belongs to one token at one API: it opens
// with a hash of both. It knows neither the API nor when a cache may be used.
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

  /// `place` is the API that the token is for: base URL and connection. No file is touched.
  ConfigCache(std::string path, std::string place, const Secret& token);

  /// From now on the cache is another token's.
  void use_token(const Secret& token);

  /// What the file holds; nothing where there is no file. The error is a sentence: a file of another token or
  /// API, half-written, readable by others, of another user, no plain file.
  Result<std::optional<Cached>, std::string> load() const;

  /// Replaces the file in one step (mode 0600): whoever reads meanwhile gets the old or the new. The error is
  /// a sentence.
  Result<void, std::string> store(const config::UserResponse& user, Time now) const;

  /// A configuration that may not be used any more. A file that is not this token's stays.
  void discard() const;

  const std::string& path() const noexcept { return path_; }

 private:
  Result<std::optional<Cached>, std::string> parse(std::string_view text) const;

  std::string path_;
  std::string place_;
  std::string key_;
};

}  // namespace aluvia::control
