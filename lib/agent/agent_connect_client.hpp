// AgentConnectClient: the C++ API of a local proxy that follows the rules of an Aluvia account (specification
// §2.3 and §6).
//
//   aluvia::agent::AgentConnectClient client(std::move(options));
//   auto session = client.start();       // throws one of agent/errors.hpp
//   … give session.url() to the browser …
//   session.stop();
//
// The client runs two threads: the event loop of the local proxy, and one that polls the API. It installs no
// signal handlers and changes no state of the process.
#pragma once

#include "access_log/access_log.hpp"
#include "agent/errors.hpp"
#include "base/logger.hpp"
#include "base/secret.hpp"
#include "config/control_status.hpp"
#include "config/edit.hpp"
#include "config/gateway_endpoint.hpp"
#include "learn/host_state.hpp"
#include "policy/policy.hpp"
#include "proxy/gateway/early_connect_mode.hpp"
#include "proxy/limits.hpp"
#include "proxy/upstream/emulated_origin.hpp"
#include "telemetry/counters.hpp"
#include "telemetry/request_record.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace aluvia::agent {

/// Heartbeats for a supervisor: when they stop, the loop is stuck. No callback may block or destroy the
/// client; both may be empty.
struct HeartbeatOptions {
  std::chrono::milliseconds interval{0};  ///< at most this long between two calls; 0: after changes only
  /// Called on the loop at the start, after every call to the API, when a stop begins, and every `interval`.
  /// `status` is one readable line without secrets. New connections are rejected once `stopping` is true.
  std::function<void(const std::string& status, bool stopping)> on_beat{};
  /// Called on the poll thread before each pause of a start that waits for the API; `reason` is one line.
  std::function<void(const std::string& reason)> on_waiting{};
};

/// Options with their defaults; range_of() (option_range.hpp) has the range of numbers and times.
struct AgentConnectClientOptions {
  Secret token;            ///< user API token (Bearer), required
  std::string token_file;  ///< the file of the token, read again when it changes; may be empty
  std::string api_base_url = "https://api.aluvia.io";  ///< a prefix; http or https
  std::string api_ca;                                  ///< PEM file; empty: the system's certificates
  std::string connection_id;  ///< digits: `/account/connections/ID`; empty: the user of the token
  std::chrono::milliseconds poll_interval{5000};  ///< between two polls
  std::chrono::milliseconds wait_for_api{0};      ///< time in which start() retries
  std::string config_cache;  ///< file (mode 0600) for a start while the API is down; empty: none
  std::string
      state_dir;  ///< directory (of this user alone) that keeps traffic sums; empty: they end with the run
  std::optional<double>
      price;  ///< currency units per GB of gateway bytes, see ledger/price.hpp; none: no costs
  /// Hosts with most bytes that the metrics name, at most 100; not on a port where hosts are hidden.
  std::size_t metrics_hosts = 0;
  config::GatewayProtocol gateway_protocol = config::GatewayProtocol::http;
  std::optional<std::uint16_t> gateway_port;  ///< default 8080 for http, 8443 for https
  std::string gateway_host = "gateway.aluvia.io";
  std::string gateway_ca;        ///< PEM file; empty: the system's certificates
  std::size_t gateway_warm = 4;  ///< limit of idle connections kept ready for new tunnels
  /// Clients' CONNECTs that are answered before the gateway has answered.
  proxy::EarlyConnectMode early_connect = proxy::EarlyConnectMode::known;
  /// An address of this machine, or localhost for 127.0.0.1; beyond loopback only with proxy_auth or
  /// allow_from.
  std::string local_host = "127.0.0.1";
  std::uint16_t local_port = 0;  ///< 0: a free port
  /// A listening TCP socket to accept on; local_host and local_port must agree with it if they are set. The
  /// caller keeps it: the proxy uses a duplicate, and closes that without a shutdown. -1: none.
  int listening_socket = -1;
  Secret proxy_auth;                    ///< user:password that clients must send; empty: none
  std::vector<std::string> allow_from;  ///< networks besides loopback that may connect; empty: all
  bool allow_metadata = false;          ///< clients may reach addresses where clouds serve credentials
  bool deny_private = false;            ///< names that resolve to private addresses are rejected
  bool private_page = false;            ///< hosts and rules are shown on the control socket only
  bool allow_loopback_names = false;  ///< names that resolve to loopback or link-local addresses are accepted
  std::vector<std::string> local_rules;  ///< added to the rules of the account; an invalid rule is an error
  policy::PolicyTexts policy;  ///< hosts to block, those to allow alone, and budgets; its price is `price`
  /// AUTO learns hosts that block direct requests; they are kept in state_dir.
  learn::Mode auto_mode = learn::Mode::off;
  std::string dns_servers;  ///< address[:port],…; empty: the servers of the system
  /// Answers in place of every origin but loopback, so that the direct route needs no network: for an
  /// emulated Aluvia in the same process. Names of origins are not looked up then. Default: none.
  std::optional<proxy::EmulatedOrigin> emulated_origin;
  /// Time for tunnels that a new configuration gives another route: 0 ends them at once, nullopt keeps them.
  std::optional<std::chrono::milliseconds> drain = proxy::Limits{}.drain;
  /// Limits of the data plane. `drain` above replaces its member; the limits of responses follow from those
  /// of requests.
  proxy::Limits limits;
  std::chrono::milliseconds shutdown_grace{5000};  ///< time for open connections when stopping
  /// Directory of PORT.sock, the Unix socket that controls the proxy; empty: no socket.
  std::string control_folder;
  /// Environment variables that clients need besides the proxy's URL, which is the argument. Its user gets
  /// them by the control socket. Called on the loop, must not block; default: none.
  std::function<std::vector<std::pair<std::string, std::string>>(const std::string& url)> client_variables;
  /// The command that runs this proxy, without secrets, and its working directory: they tell one proxy of a
  /// user from another. Only that user sees them. May be empty.
  std::string command;
  std::string directory;
  HeartbeatOptions heartbeat;
  /// Gets every finished request and tunnel, on the loop; must neither block nor throw. Empty: none.
  telemetry::RequestObserver on_request{};
  /// A line for each finished request and tunnel, in a file of its own. Default: none.
  access_log::AccessLogOptions access_log{};
  /// Failed requests are logged at level info, all at level debug.
  bool logs_requests = true;
  Logger logger;  ///< default: silent
};

class Runtime;  // one run from start to stop: agent/runtime.hpp

/// A started proxy. Copies refer to the same proxy, and may outlive the client.
class AgentConnectSession {
 public:
  const std::string& host() const noexcept { return host_; }
  std::uint16_t port() const noexcept { return port_; }
  /// http://host:port, for the proxy setting of a browser or an HTTP client.
  const std::string& url() const noexcept { return url_; }
  /// url() with the user and password of proxy_auth, if it is set, for clients that read credentials from a
  /// URL.
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
  /// Stops without grace time.
  ~AgentConnectClient();
  AgentConnectClient(const AgentConnectClient&) = delete;
  AgentConnectClient& operator=(const AgentConnectClient&) = delete;

  /// Fetches the configuration, starts the proxy, starts polling; returns when connections are accepted.
  /// Idempotent: while started, and while another thread starts, it returns the same session. After stop() it
  /// starts again; it waits first until the previous run has ended. `call_off` cancels a start that has not
  /// succeeded yet, also one that has not begun, which request_stop() cannot do. Throws
  /// InvalidUserTokenError, ApiError, ProxyStartError, InvalidOptionError or StartCancelledError.
  AgentConnectSession start(std::stop_token call_off = {});

  /// Fetches the configuration once and returns the number of rules. Starts nothing, does not affect a
  /// running proxy, and ignores the cache file. Throws as start().
  std::size_t check() const;

  /// Stops gracefully: no new connections, open ones get the grace time. Returns when all threads have ended;
  /// idempotent, any thread. Cancels a start under way.
  void stop();

  /// Begins to stop and returns at once; open connections get `grace`, which a later call can only shorten.
  /// Any thread.
  void request_stop(std::chrono::milliseconds grace);

  /// Fetches the configuration now instead of at the next interval. Any thread, does not wait. `done` is
  /// called on the poll thread when that fetch has succeeded or failed, and must not block. If the proxy is
  /// not started or is stopped first, `done` is destroyed without a call.
  void refresh(std::function<void()> done = {});

  /// Opens the access log again by its name, after another program has renamed the file. Any thread, does not
  /// wait.
  void reopen_logs();

  /// Changes the account's rules, geo or session through the API, or this proxy's own rules. `done` gets the
  /// configuration with the change, or the error. Any thread, does not wait. `done` runs on the poll thread
  /// and must not block or destroy this client. If the proxy is not started, `done` runs on the caller's
  /// thread with not_running; if the proxy is stopped first, `done` is destroyed without a call.
  void change(config::Edit edit, config::ChangeDone done);

  /// Returns version and age of the configuration, the last poll, and the reason why the proxy is not ready.
  /// Any thread. Without a run: version 0 and `starting`.
  config::ControlStatus status() const;

  /// Returns the traffic of the last run whose end wait() or stop() has seen; zeros before. Any thread.
  telemetry::Counters last_traffic() const;

  /// Waits until the proxy has stopped; returns at once if it is neither started nor starting.
  void wait();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aluvia::agent
