// ChangeLog: logs changes of the configuration, and the beginning (a warning) and end of each error. It
// writes counts and yes or no, never a secret value.
#pragma once

#include "base/logger.hpp"
#include "control/response.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aluvia::control {

class ChangeLog {
 public:
  /// Logs without a rate limit: polls and changes already limit the number of lines.
  explicit ChangeLog(const Logger& logger) : logger_(logger.without_limit()) {}

  /// Logs a new configuration. `before` is null for the first one. Does not repeat a warning that the
  /// previous configuration had, too.
  void changed(const Known* before, const Known& now);
  /// Logs that only the local rules have changed.
  void local_changed(const Known& now);
  /// Logs that only the policy has changed. Precondition: there is one.
  void policy_changed(const Known& now);
  void unchanged(const Known& known);
  /// Logs that a requested change failed.
  void not_changed(const config::ApiError& error) const;
  /// Logs an error once as a warning, and as a debug line each time it repeats (config::same_error).
  void failed(const config::ApiError& error, const Known& known);
  /// Logs that the first fetch failed and is retried for `left`: once for each error as a warning.
  void waiting_for_api(const config::ApiError& error, std::chrono::milliseconds left);
  /// Logs that the first configuration comes from the cache, because of `error`.
  void from_cache(const std::string& path, std::chrono::system_clock::duration age,
                  const config::ApiError& error, const config::UserNetworkConfig& config);
  void cache_ignored(const std::string& why) const;
  void cache_not_written(const std::string& why) const;
  /// Logs that the token file has changed. `error` is empty if the file holds a new token.
  void token_read(const std::string& error) const;
  /// Logs the time until the next poll, and how many lines the rate limit has dropped elsewhere.
  void waiting(std::chrono::milliseconds wait) const;

 private:
  void log_change(const Known& before, const Known& latest) const;
  void recovered();
  bool is_repeated(const config::ApiError& error);
  void warn(const config::UserNetworkConfig& config);

  Logger logger_;
  std::vector<std::string> warnings_;      // of the configuration logged last
  std::optional<config::ApiError> error_;  // the last logged error; empty after a success
};

}  // namespace aluvia::control
