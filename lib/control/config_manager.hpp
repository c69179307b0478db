// ConfigManager: the control plane (specification §4). It fetches the first configuration, then polls with
// ETag and makes changes on a thread of its own. It uses neither the loop nor the proxy: a callback takes new
// snapshots.
#pragma once

#include "api/user_api.hpp"
#include "base/logger.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/control_status.hpp"
#include "config/edit.hpp"
#include "config/gateway_endpoint.hpp"
#include "config/user_network_config.hpp"
#include "telemetry/poll_metrics.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aluvia::control {

struct ControlOptions {
  std::chrono::milliseconds poll_interval{5000};
  config::GatewayEndpoint gateway;
  std::vector<std::string> local_rules;
  policy::SharedPolicy policy;    ///< null: none
  std::optional<double> price{};  ///< of 10⁹ bytes, for budgets in money
  /// Hosts that AUTO has learned; nothing: this proxy learns none. SetLearned replaces them.
  std::optional<std::vector<std::string>> learned{};
  std::string connection_id;                  ///< digits; empty: the user of the token
  std::chrono::milliseconds wait_for_api{0};  ///< time in which the first fetch is retried
  std::string config_cache;                   ///< file for the last good configuration; empty: none
  std::string token_file;                     ///< file of the token, read again when it changes; empty: none
  std::string api_base_url;                   ///< with the connection id and the token, identifies a cache
  Secret token;                               ///< replaced when token_file changes
  /// Called on the poll thread after every call to the API but the first, also a failed one; must not block.
  std::function<void()> after_call{};
  /// Called on the poll thread before each pause of an init() that waits for the API, with the reason in one
  /// line; must not block.
  std::function<void(const std::string& why)> waiting{};
  std::chrono::milliseconds longest_wait{60'000};  ///< limit of the time between two polls after failures
  std::chrono::milliseconds change_pause{200};     ///< before changed rules are read again, see change()
  std::chrono::milliseconds refresh_gap{50};       ///< from the end of a poll to one for refresh(done)
};

class ConfigManager {
 public:
  /// Called on the poll thread for each snapshot after the first; must not block. Never called again once
  /// stop() has returned.
  using Publish = std::function<void(config::Snapshot)>;

  ConfigManager(ControlOptions options, std::unique_ptr<api::UserApi> api, Logger logger, Publish publish);
  ~ConfigManager();  // stops
  ConfigManager(const ConfigManager&) = delete;
  ConfigManager& operator=(const ConfigManager&) = delete;

  /// Sets the learned hosts of the first configuration. Precondition: init() has not been called.
  void start_with_learned(std::vector<std::string> hosts);

  /// Fetches the first configuration and blocks until it is there, or until stop(). May be called once. If
  /// the API cannot be reached or answers 5xx, takes the configuration of the cache. Without a cache, retries
  /// for `wait_for_api` after every error but a rejected token.
  Result<config::Snapshot, config::ApiError> init();

  /// Begins to poll: every interval ±10 %, measured from the end of one poll to the start of the next, so
  /// that two never run at once. Precondition: init() has succeeded.
  void start_polling();

  /// Polls at once instead of at the next interval; any thread, does not wait.
  void refresh_now();
  enum class Haste {
    polite,  ///< `refresh_gap` after the last poll, and not while the API has asked for patience
    insist,  ///< at once, for a user's command
  };
  /// Polls, and calls `done` on the poll thread when a fetch that began after this call has succeeded or
  /// failed; a new snapshot is published before. `done` must not block. Several calls share a fetch. A polite
  /// call during a Retry-After of the API calls `done` without a fetch. If the manager is stopped first or no
  /// longer polls, `done` is destroyed without a call.
  void refresh(std::function<void()> done, Haste haste = Haste::polite);

  /// Changes the account's configuration (PATCH) or this proxy's own rules. Any thread, does not wait. The
  /// poll thread makes one change after the other, once polling has begun, and calls `done`, which must not
  /// block. It publishes the snapshot of the API's response before, and the next poll sends its ETag. Added
  /// and removed rules are read back after `change_pause`, and sent again if another writer has undone them.
  /// If the manager is stopped first or no longer polls, `done` is destroyed without a call.
  void change(config::Edit edit, config::ChangeDone done);

  /// Returns the configuration's version and age, and the last error. Any thread.
  config::ControlStatus status() const;
  /// Returns the counts of fetches. Any thread.
  telemetry::PollMetrics polls() const;

  /// Ends the poll thread; idempotent, any thread. Returns within a second. A thread that hangs in a look-up
  /// or connect runs on until its time limit; it shares the ownership of its state and publishes nothing.
  void stop();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace aluvia::control
