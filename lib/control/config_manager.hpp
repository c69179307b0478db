// The control plane (specification §4): the first fetch, then polling with ETag and changes on a thread of
// its own. It knows neither the loop nor the proxy; new snapshots leave through a callback.
#pragma once

#include "api/user_api.hpp"
#include "base/logger.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/control_status.hpp"
#include "config/edit.hpp"
#include "config/gateway_endpoint.hpp"
#include "config/user_network_config.hpp"

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
  std::string connection_id;                  ///< digits; empty: what the token itself belongs to
  std::chrono::milliseconds wait_for_api{0};  ///< how long the first fetch is tried again
  std::string config_cache;                   ///< a file for the last good configuration; empty: none
  std::string token_file;    ///< where the token came from, read again when it changes; empty: nowhere
  std::string api_base_url;  ///< what a cache belongs to, with the connection id and the token
  Secret token;              ///< the one that the API uses; it follows token_file
  /// Called on the poll thread after every call to the API but the first, however it went; must not block.
  std::function<void()> after_call{};
  /// Called on the poll thread before each pause of an init() that waits for the API, with one line that says
  /// why it has to; must not block.
  std::function<void(const std::string& why)> waiting{};
  std::chrono::milliseconds longest_wait{60'000};  ///< between two polls, however many have failed
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

  /// Fetches the first configuration; waits for it, but not longer than stop() allows. Once only. While the
  /// API cannot be reached or answers 5xx, the cache's is taken where there is one; else it is tried again
  /// for `wait_for_api`, at whatever fault but a refused token.
  Result<config::Snapshot, config::ApiError> init();

  /// Begins to poll: every interval ±10 %, measured from the end of one poll to the start of the next, so
  /// that two never run at once. After a successful init() only.
  void start_polling();

  /// Polls at once instead of at the next interval; any thread, does not wait.
  void refresh_now();
  enum class Haste {
    polite,  ///< `refresh_gap` after the last poll, and not while the API has asked for patience
    insist,  ///< at once, as a person asks
  };
  /// Polls too, and `done` is called on the poll thread, where it must not block, once a fetch that began
  /// after this call has ended, however it did: what it brought has been published before. Several calls
  /// share a fetch. A polite one is called without a fetch while the API has asked for patience
  /// (Retry-After). It is not called, only destroyed, where the manager is stopped first or polls no more.
  void refresh(std::function<void()> done, Haste haste = Haste::polite);

  /// Changes the account's configuration (PATCH) or this proxy's own rules. Any thread, does not wait;
  /// changes are made one after the other on the poll thread, once polling has begun. `done` is called there
  /// and must not block; the snapshot that the API answered with has been published before, and the next poll
  /// carries its ETag. Added and removed rules are read back after `change_pause` and sent again where
  /// another writer has undone them. `done` is not called, only destroyed, where the manager is stopped first
  /// or polls no more.
  void change(config::Edit edit, config::ChangeDone done);

  /// What is known and what is wrong at this moment. Any thread.
  config::ControlStatus status() const;

  /// Ends the poll thread; idempotent, any thread. Returns within a second: a thread that hangs in a look-up
  /// or connect is left to its time limit; it owns what it uses and publishes nothing any more.
  void stop();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace aluvia::control
