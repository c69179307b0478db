// The public face of the two planes (specification §2.3 and §6): a local proxy that follows the account's
// rules.
//
//   aluvia::agent::AgentConnectClient client(std::move(options));
//   auto session = client.start();       // throws one of agent/errors.hpp
//   … give session.url() to the browser …
//   session.stop();
//
// The client runs two threads: one event loop with the local proxy, one that polls the API. It installs no
// signal handlers and changes nothing of the process.
#pragma once

#include "agent/bounds.hpp"
#include "agent/errors.hpp"
#include "base/logger.hpp"
#include "base/secret.hpp"
#include "config/control_status.hpp"
#include "config/edit.hpp"
#include "config/gateway_endpoint.hpp"
#include "telemetry/counters.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace aluvia::agent {

/// How the proxy is at one moment.
struct Beat {
  std::string status;     ///< one line for people; no secret
  bool stopping = false;  ///< nothing new is accepted
};

/// What a supervisor of this process hears from the loop itself: silence means a loop that is stuck.
struct Heartbeat {
  std::chrono::milliseconds interval{0};  ///< so often at least; 0: where there is news only
  /// Called on the loop, at the start, after every call to the API, when a stop begins, and every `interval`.
  /// It must not block nor destroy the client. Empty: nobody listens.
  std::function<void(const Beat&)> beat{};
  /// Called on the poll thread whenever a start that may wait for the API has to, with one line that says
  /// why; likewise. Empty: nobody listens.
  std::function<void(const std::string& why)> waiting{};
};

struct AgentConnectClientOptions {
  Secret token;            ///< user API token (Bearer), required
  std::string token_file;  ///< where the token was read from, read again when it changes; empty: nowhere
  std::string api_base_url = "https://api.aluvia.io";  ///< a prefix; http or https
  std::string api_ca;                                  ///< PEM file; empty: the system's certificates
  std::string connection_id;  ///< digits: `/account/connections/ID`; empty: what the token belongs to
  std::chrono::milliseconds poll_interval{5000};  ///< 1000 to a day
  std::chrono::milliseconds wait_for_api{0};      ///< how long start() tries again, 0 to a day
  std::string config_cache;  ///< file (mode 0600) for a start while the API is down; empty: none
  config::GatewayProtocol gateway_protocol = config::GatewayProtocol::http;
  std::optional<std::uint16_t> gateway_port;  ///< default 8080 for http, 8443 for https
  std::string gateway_host = "gateway.aluvia.io";
  std::string gateway_ca;        ///< PEM file; empty: the system's certificates
  std::size_t gateway_warm = 4;  ///< connections that may wait for new tunnels, 0 to 64
  /// An address of this machine, or localhost for this one; beyond loopback only with proxy_auth or
  /// allow_from.
  std::string local_host = "127.0.0.1";
  std::uint16_t local_port = 0;  ///< 0: a free port
  /// A listening TCP socket to accept on; local_host and local_port must agree with it where they are set. It
  /// stays the caller's: a duplicate is used, and closed without a shutdown. -1: none.
  int listening_socket = -1;
  Secret proxy_auth;                     ///< user:password that clients must send; empty: none
  std::vector<std::string> allow_from;   ///< networks besides loopback that may connect; empty: all
  bool allow_metadata = false;           ///< clients may go to where a cloud serves credentials
  bool deny_private = false;             ///< names that DNS leads to private addresses are refused
  bool allow_loopback_names = false;     ///< names that DNS leads to loopback or link-local addresses pass
  std::vector<std::string> local_rules;  ///< on top of the account's; one that is none is refused
  std::string dns_servers;               ///< address[:port],…; empty: those of the system
  /// What tunnels get that a new configuration would send another way; 0 cuts them, nothing keeps them.
  std::optional<std::chrono::milliseconds> drain = std::chrono::milliseconds(2000);
  Bounds bounds;
  std::chrono::milliseconds shutdown_grace{5000};  ///< what open connections get when stopping
  /// Where the Unix socket stands that steers the proxy, PORT.sock; empty: there is none.
  std::string control_folder;
  Heartbeat heartbeat;
  Logger logger;  ///< default: silent
};

class Runtime;  // one run from start to stop: agent/running.hpp

/// A started proxy. Copies speak of the same one; they outlive the client harmlessly.
class AgentConnectSession {
 public:
  const std::string& host() const noexcept { return host_; }
  std::uint16_t port() const noexcept { return port_; }
  /// http://host:port, for the proxy setting of a browser or an HTTP client.
  const std::string& url() const noexcept { return url_; }
  /// The same with the user and password of proxy_auth, for clients that take them so; url() without them.
  const Secret& client_url() const noexcept { return client_url_; }

  /// The same as AgentConnectClient::stop().
  void stop();

 private:
  friend class AgentConnectClient;
  explicit AgentConnectSession(const std::shared_ptr<Runtime>& running);

  std::string host_;
  std::uint16_t port_;
  std::string url_;
  Secret client_url_;
  std::weak_ptr<Runtime> running_;
};

class AgentConnectClient {
 public:
  /// Throws MissingUserTokenError or InvalidOptionError.
  explicit AgentConnectClient(AgentConnectClientOptions options);
  /// Stops without grace what still runs.
  ~AgentConnectClient();
  AgentConnectClient(const AgentConnectClient&) = delete;
  AgentConnectClient& operator=(const AgentConnectClient&) = delete;

  /// Fetches the configuration, starts the proxy, starts polling; returns when connections are accepted.
  /// Idempotent: while started, and while another thread starts, it answers with the same session. After
  /// stop() it starts anew; while a run still ends, it waits for that first. `call_off` ends a start that has
  /// not succeeded yet, also one that has not begun, which request_stop() cannot do. Throws
  /// InvalidUserTokenError, ApiError, ProxyStartError, InvalidOptionError or StartCancelledError.
  AgentConnectSession start(std::stop_token call_off = {});

  /// Fetches the configuration once, without starting anything or touching what runs; how many rules there
  /// are. No cache counts. Throws as start().
  std::size_t check() const;

  /// Stops gracefully: no new connections, open ones get the grace time. Returns when nothing runs any more;
  /// idempotent, any thread. A start under way is called off.
  void stop();

  /// Begins to stop and returns at once; open connections get `grace`. A later call can only shorten it. Any
  /// thread.
  void request_stop(std::chrono::milliseconds grace);

  /// Fetches the configuration now instead of at the next interval. Any thread, does not wait. `done` is
  /// called on the poll thread, where it must not block, once that fetch has ended, however it did; it is not
  /// called, only destroyed, where nothing is started or the proxy is stopped first.
  void refresh(std::function<void()> done = {});

  /// Changes the account's rules, geo or session through the API, or this proxy's own rules; `done` is told
  /// the configuration that holds the change, or why there is none. Any thread, does not wait. `done` runs on
  /// the poll thread and must not block nor destroy this client; on the caller's, with not_running, where
  /// nothing is started. It is not called, only destroyed, where the proxy is stopped first.
  void change(config::Edit edit, config::ChangeDone done);

  /// Version and age of the configuration, the last poll, and why the proxy is not ready. Any thread. Version
  /// 0 and `starting` while there is no run.
  config::ControlStatus status() const;

  /// Traffic of the last run whose end wait() or stop() has seen; zeros before. Any thread.
  telemetry::Counters last_traffic() const;

  /// Returns when the proxy has been stopped, at once when it is neither started nor starting.
  void wait();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aluvia::agent
