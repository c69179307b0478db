// ChangeLog: log lines about the configuration. A change is a line, the begin of an error a warning, its end
// a line. It writes counts and yes or no, never a secret value.
#pragma once

#include "base/logger.hpp"
#include "control/response.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aluvia::control {

class ChangeLog {
 public:
  /// Without a rate limit: there are as many lines as polls and changes.
  explicit ChangeLog(const Logger& logger) : logger_(logger.without_limit()) {}

  /// `before` is null for the first configuration. A warning that the previous configuration had, too, is not
  /// repeated.
  void changed(const Known* before, const Known& now);
  /// The local rules have changed and nothing else.
  void local_changed(const Known& now);
  void unchanged(const Known& known);
  /// A requested change failed.
  void not_changed(const config::ApiError& error) const;
  /// An error is a warning once, and a debug line each time it repeats (config::same_error).
  void failed(const config::ApiError& error, const Known& known);
  /// The first fetch has failed and is tried again for `left`; a warning once for each error.
  void waiting_for_api(const config::ApiError& error, std::chrono::milliseconds left);
  /// The first configuration comes from the cache, because of `error`.
  void from_cache(const std::string& path, std::chrono::system_clock::duration age,
                  const config::ApiError& error, const config::UserNetworkConfig& config);
  void cache_ignored(const std::string& why) const;
  void cache_not_written(const std::string& why) const;
  /// The token file has changed; `error` is empty where it holds a new token.
  void token_read(const std::string& error) const;
  /// A poll has ended. Also logs how many lines the rate limit has dropped elsewhere.
  void waiting(std::chrono::milliseconds wait) const;

 private:
  void recovered();
  bool is_repeated(const config::ApiError& error);
  void warn(const config::UserNetworkConfig& config);

  Logger logger_;
  std::vector<std::string> warnings_;      // of the configuration logged last
  std::optional<config::ApiError> error_;  // logged last; empty after a success
};

}  // namespace aluvia::control
