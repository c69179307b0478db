// Account: fetches the configuration, applies changes to it and keeps its status, for the poll thread. It has
// no thread and no queue; its owner decides when the logger and the callbacks may be called.
#pragma once

#include "api/user_api.hpp"
#include "base/logger.hpp"
#include "config/control_status.hpp"
#include "config/edit.hpp"
#include "control/change_log.hpp"
#include "control/config_manager.hpp"
#include "control/poll_schedule.hpp"
#include "control/response.hpp"
#include "control/rule_edit.hpp"
#include "control/store/config_cache.hpp"
#include "control/store/token_file.hpp"
#include "telemetry/poll_metrics.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace aluvia::control {

/// Used by one thread, except status() and cancel().
class Account {
 public:
  /// Callbacks by which the owner controls the account's thread.
  struct Owner {
    /// Runs `work`, in which the logger and the publish callback are called. Returns false without running it
    /// if a stop was requested.
    std::function<bool(const std::function<void()>& work)> run_unless_stopped;
    /// Waits. Returns false if a stop was requested.
    std::function<bool(std::chrono::milliseconds)> pause;
  };

  Account(ControlOptions options, std::unique_ptr<api::UserApi> api, const Logger& logger,
          ConfigManager::Publish publish, Owner owner);

  using First = std::optional<Result<config::Snapshot, config::ApiError>>;

  /// Precondition: first() has not been called.
  void start_with_learned(std::vector<std::string> hosts) { options_.learned = std::move(hosts); }
  /// Fetches the first configuration from the API or the cache. Returns nothing if a stop was requested.
  First first();
  /// Fetches the configuration once. Precondition: first() has succeeded.
  void poll();
  /// Changes the configuration and publishes the new snapshot before it returns. Precondition: as poll().
  config::ChangeResult change(const config::Edit& edit);

  /// Returns the time from the end of the last call to the start of the next poll.
  std::chrono::milliseconds wait() const noexcept { return wait_; }
  /// Returns the end of the API's Retry-After; before it only a forced refresh may poll.
  std::chrono::steady_clock::time_point patience() const noexcept { return patience_; }
  /// Any thread.
  config::ControlStatus status() const;
  /// Any thread.
  telemetry::PollMetrics polls() const;
  void cancel() noexcept { api_->cancel(); }

 private:
  using Failed = std::optional<config::ApiError>;

  // account_start.cpp
  First install_first(Response response);
  First fail_first(const config::ApiError& error);
  First from_cache(const config::ApiError& error);
  bool wait_for_api(const config::ApiError& error, std::chrono::milliseconds left);
  void keep_in_cache(bool changed);
  bool read_token(TokenFile::When when);

  const Known* known() const noexcept { return known_ ? &*known_ : nullptr; }
  Response ask();
  Response ask_once();
  void apply(Response response);
  void plan_wait(const config::ApiError* error);
  void install(Changed change);
  void retire(config::Snapshot snapshot);
  Failed fetch();
  Failed send(const config::UserChange& change, const std::string& etag);
  Failed interpret_update(api::ApiReply reply);

  config::ChangeResult dispatch(const config::Edit& edit);
  config::ChangeResult change_rules(const config::Edit& edit);
  config::ChangeResult change_values(const config::UserChange& change);
  config::ChangeResult change_local(Rules rules, std::optional<Rules> removed = {});
  config::ChangeResult change_policy(const config::Edit& edit);
  config::ChangeResult change_learned(std::vector<std::string> hosts);
  using Logged = void (ChangeLog::*)(const Known& now);
  Failed install_local(Rules rules, policy::SharedPolicy policy, Logged logged);
  config::ChangeResult result(Failed failed, std::optional<Rules> removed = {}) const;

  void count_poll(const Response& response, std::chrono::steady_clock::time_point begun);
  void note_success(bool changed);
  void note_error(config::ApiError error);

  ControlOptions options_;
  const std::unique_ptr<api::UserApi> api_;
  ChangeLog log_;
  const ConfigManager::Publish publish_;
  const Owner owner_;
  PollSchedule schedule_;
  std::optional<Known> known_;
  std::vector<config::Snapshot> retired_;  // replaced snapshots, see retire()
  config::Snapshot before_;                // while change() runs: the snapshot that it changes
  std::optional<ConfigCache> cache_;
  std::optional<std::chrono::steady_clock::time_point> cached_;  // last write of the file
  bool cache_fails_ = false;
  std::optional<TokenFile> token_file_;
  std::chrono::milliseconds wait_{0};
  std::chrono::steady_clock::time_point patience_;

  mutable std::mutex mutex_;
  config::ControlStatus status_;
  telemetry::PollMetrics polls_;
};

}  // namespace aluvia::control
