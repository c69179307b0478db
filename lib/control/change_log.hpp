// What the log says about the configuration: a line when it changed, a warning when a fault begins, a line
// when it is over. It sees snapshots and messages and writes counts and yes or no; never a value that is
// secret.
#pragma once

#include "base/logger.hpp"
#include "control/answer.hpp"

#include <string>

namespace aluvia::control {

class ChangeLog {
 public:
  /// No line of it is left out: they are as many as there are polls and changes.
  explicit ChangeLog(const Logger& logger) : logger_(logger.without_limit()) {}

  /// `before` is null for the first configuration. A warning that the configuration before had, too, is not
  /// repeated.
  void changed(const Known* before, const Known& now);
  /// The local rules are others than before; all else is the same.
  void local_changed(const Known& now);
  void unchanged(const Known& known);
  /// Somebody asked for a change and does not get it.
  void not_changed(const config::ChangeError& error) const;
  /// A fault is a warning once, and a debug line as long as it stays the same.
  void failed(const Problem& problem, const Known* known);
  /// The first fetch has failed and is tried again for `left`; a warning once for each state.
  void waiting_for_api(const Problem& problem, std::chrono::milliseconds left);
  /// The first configuration is a cache's, because of `problem`.
  void from_cache(const std::string& path, std::chrono::system_clock::duration age, const Problem& problem,
                  const config::UserNetworkConfig& config);
  void cache_ignored(const std::string& why) const;
  void cache_not_written(const std::string& why) const;
  /// The token's file has changed; `fault` is empty where it holds a new token.
  void token_read(const std::string& fault) const;
  /// A poll is over. Comes by often enough to tell, too, what the limit has kept out of the log elsewhere.
  void waiting(std::chrono::milliseconds wait) const;

 private:
  void recovered();
  void warn(const config::UserNetworkConfig& config);

  Logger logger_;
  std::vector<std::string> warnings_;  // of the configuration told last
  std::string fault_;                  // the state of the problem told last; empty while all is well
};

}  // namespace aluvia::control
