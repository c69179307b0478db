// The account as the poll thread knows it: what was fetched last, and what is asked and changed next. It
// knows no thread and no queue; whoever owns it says when it may speak to outsiders.
#pragma once

#include "api/user_api.hpp"
#include "base/logger.hpp"
#include "config/control_status.hpp"
#include "config/edit.hpp"
#include "control/answer.hpp"
#include "control/change_log.hpp"
#include "control/config_manager.hpp"
#include "control/poll_schedule.hpp"
#include "control/rule_edit.hpp"
#include "control/store/config_cache.hpp"
#include "control/store/token_file.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace aluvia::control {

/// One thread's own, but for status() and cancel().
class Account {
 public:
  /// How the owner lets the account work.
  struct Owner {
    /// Runs `work`, in which the logger and the publish callback are called; false, and nothing done, where
    /// all is to stop.
    std::function<bool(const std::function<void()>& work)> turn;
    /// Waits; false where all is to stop.
    std::function<bool(std::chrono::milliseconds)> pause;
  };

  Account(ControlOptions options, std::unique_ptr<api::UserApi> api, const Logger& logger,
          ConfigManager::Publish publish, Owner owner);

  /// The first fetch, from the API or the cache; nothing where all is to stop.
  std::optional<Result<config::Snapshot, InitError>> first();
  /// After a first() that succeeded.
  void poll();
  /// Likewise. Publishes what comes of it before it returns.
  config::ChangeResult change(const config::Edit& edit);

  /// From the end of the last call to the start of the next poll.
  std::chrono::milliseconds wait() const noexcept { return wait_; }
  /// Until then the API wants to be left alone, unless somebody insists.
  std::chrono::steady_clock::time_point patience() const noexcept { return patience_; }
  /// Any thread.
  config::ControlStatus status() const;
  void cancel() noexcept { api_->cancel(); }

 private:
  using Failed = std::optional<config::ChangeError>;

  // account_start.cpp
  using First = std::optional<Result<config::Snapshot, InitError>>;
  First adopt_first(Answer answer);
  First fail_first(const Problem& problem);
  First from_cache(const Problem& problem);
  bool wait_for_api(const Problem& problem, std::chrono::milliseconds left);
  void keep_in_cache(bool changed);
  bool read_token(TokenFile::When when);

  Answer ask();
  Answer ask_once();
  void absorb(Answer answer);
  void plan_wait(PollOutcome outcome, std::optional<std::chrono::seconds> retry_after);
  void adopt(Changed change);
  void retire(config::Snapshot snapshot);
  Failed fetch();
  Failed send(const config::UserChange& change, const std::string& etag);
  Failed understand_update(api::ApiReply reply);

  config::ChangeResult dispatch(const config::Edit& edit);
  config::ChangeResult change_rules(const config::Edit& edit);
  config::ChangeResult clear_local_rules(const config::ClearRules& clear);
  config::ChangeResult change_values(const config::UserChange& change);
  config::ChangeResult change_local(Rules rules);
  config::ChangeResult told(Failed failed) const;

  void note_fine(bool changed);
  void note_problem(const Problem& problem);

  ControlOptions options_;
  const std::unique_ptr<api::UserApi> api_;
  ChangeLog log_;
  const ConfigManager::Publish publish_;
  const Owner owner_;
  PollSchedule schedule_;
  std::optional<Known> known_;
  std::vector<config::Snapshot> retired_;  // were published; see retire()
  std::optional<ConfigCache> cache_;
  std::optional<std::chrono::steady_clock::time_point> cached_;  // when it was written last
  bool cache_fails_ = false;
  std::optional<TokenFile> token_file_;
  std::chrono::milliseconds wait_{0};
  std::chrono::steady_clock::time_point patience_;

  mutable std::mutex mutex_;
  config::ControlStatus status_;
};

}  // namespace aluvia::control
