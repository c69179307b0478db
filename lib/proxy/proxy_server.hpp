// ProxyServer: the data plane (specification §5.2). It listens, gives every connection a task, and owns the
// services that the connections share.
#pragma once

#include "base/logger.hpp"
#include "base/option_id.hpp"
#include "base/result.hpp"
#include "config/live_config.hpp"
#include "dns/resolver.hpp"
#include "loop/deadline.hpp"
#include "loop/task_group.hpp"
#include "net/endpoint.hpp"
#include "net/listener.hpp"
#include "proxy/budget_keeper.hpp"
#include "proxy/burst_memory.hpp"
#include "proxy/client_shares.hpp"
#include "proxy/connection.hpp"
#include "proxy/services.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aluvia::proxy {

struct ProxyOptions {
  net::Address host = asio::ip::address_v4::loopback();
  std::uint16_t port = 0;        ///< 0: a free one
  int listening_socket = -1;     ///< accepted on instead of host and port: a duplicate; -1: none
  std::string dns_servers;       ///< empty: those of /etc/resolv.conf
  std::string hosts_file;        ///< empty: /etc/hosts
  bool gateway_tls = false;      ///< the gateway is spoken to over TLS
  std::string gateway_ca;        ///< PEM file; empty: the system's
  std::size_t gateway_warm = 0;  ///< connections to the gateway that are kept ahead, at most
  EarlyConnectMode early_connect = EarlyConnectMode::off;
  AccessOptions admission{};
  DestinationOptions guard{};
  std::optional<EmulatedOrigin> emulated_origin{};  ///< answers in place of every origin but loopback
  ReportOptions reports{};
  BudgetOptions budgets{};
  LocalAnswers local_answers{};  ///< empty: requests for the proxy itself are rejected
  Limits limits{};
  /// Called on the loop when the gateway rejects the credentials; see CredentialRefresh. Empty: no refresh.
  CredentialRefresh::Request request_refresh;
};

/// Forecast of a request to a site: its route, and the failure that it would meet before a connection is
/// tried.
struct SiteOutlook {
  SiteOutlook(Decision taken, std::optional<ProxyError> met)
      : decision(std::move(taken)), failure(std::move(met)) {}

  Decision decision;
  std::optional<ProxyError> failure;  ///< see is_rejection()
};

/// The reason why the server did not start.
struct ProxyStartFailure {
  enum class Kind { cannot_bind, bad_option };
  Kind kind = Kind::cannot_bind;
  OptionId option{};        ///< the bad one; that which chooses another address or port for cannot_bind
  std::string message;      ///< one line that names the address or the file and says what to do
  std::error_code error{};  ///< the system's own reason, where there is one
};

/// Loop thread only, or before the loop runs. Must outlive its tasks: stop() and run the loop until
/// `stopped`.
class ProxyServer {
 public:
  /// Returns why create() cannot listen on `host:port` now, or nothing. For a start that has slow work to do
  /// first; create() may still fail, because the check reserves nothing.
  static std::optional<ProxyStartFailure> listen_failure(const net::Address& host, std::uint16_t port);
  /// Binds; accepts nothing before start().
  static Result<std::unique_ptr<ProxyServer>, ProxyStartFailure> create(loop::Loop& loop,
                                                                        ProxyOptions options, Logger logger);
  ~ProxyServer();

  net::Endpoint endpoint() const { return listener_->local_endpoint(); }
  void start();

  /// Tells the server that the gateway has reached `host` in an earlier run; see EarlyConnect.
  void remember(const std::string& host) { gateway_.early.note(host, true); }
  /// TLS with the gateway, whose sessions may be kept over restarts; null where there is none.
  const net::TlsContext* gateway_tls() const noexcept { return connector_.gateway_tls(); }
  EarlyConnectState early_connect() const noexcept { return gateway_.early.state(); }

  /// Replaces the snapshot for all later requests, and ends tunnels whose route it changes.
  void publish(config::Snapshot snapshot);

  /// Stops gracefully: accepts no more connections, closes idle ones, answers the first request of new ones,
  /// and gives busy ones `grace` before it cuts them. `stopped` is called once, when nothing runs any
  /// more. A second call with a shorter grace shortens it.
  void stop(std::chrono::milliseconds grace, std::function<void()> stopped);

  /// Counters of finished requests and tunnels; traffic() also has the bytes of open ones.
  const telemetry::Counters& counters() const noexcept { return counters_; }
  /// State of the gateway for readiness: one failed CONNECT does not make it bad.
  GatewayHealth gateway_health() const { return gateway_.circuit.health(loop::Clock::now()); }
  /// Number of warm connections to the gateway.
  std::size_t warm_connections() const noexcept { return gateway_.warm.size(); }
  const telemetry::Counters& traffic();
  /// Hosts that an allow-list in audit mode has let through, and would still.
  std::vector<http::Authority> audited() const;
  telemetry::TunnelViews tunnels(std::size_t most) const { return tunnels_.view(most); }
  telemetry::TunnelGroups tunnel_groups(std::size_t most) const { return tunnels_.group(most); }
  /// State of each budget, and of those that cover a request to `authority`.
  std::vector<budget::BudgetView> budgets() const { return budgets_.view(); }
  std::vector<budget::BudgetView> budgets_of(const http::Authority& authority) const {
    return budgets_.view_of(authority);
  }
  std::size_t open_connections() const noexcept { return clients_.connections.size(); }
  std::size_t open_tunnels() const noexcept { return tunnels_.size(); }
  bool stopping() const noexcept { return services_.stopping; }

  /// The current configuration; null before the first publish().
  const config::Snapshot& snapshot() const noexcept { return live_.current(); }
  /// Decides about a request to `authority` without sending it; looks the name up if the request would.
  /// Calls `done` on the loop, maybe at once, and drops it when the server is stopped meanwhile.
  void foresee(const http::Authority& authority, std::function<void(SiteOutlook)> done);
  /// Returns the decision about a request that arrives now.
  Decision decide(const http::Authority& authority) const { return router_.decide(authority); }
  /// Counts a client's report that the site blocked a request, for the route that it takes now.
  Decision count_block_report(const http::Authority& authority);

 private:
  ProxyServer(loop::Loop& loop, ProxyOptions options, Logger logger, std::unique_ptr<net::Listener> listener,
              std::unique_ptr<dns::Resolver> resolver, std::optional<net::TlsContext> gateway_tls);

  std::size_t client_count() const noexcept { return tasks_.size() + tunnels_.size(); }
  void accept(net::Socket socket);
  std::optional<ProxyError> make_room(const ClientCount& count);
  loop::Task<void> look_ahead(http::Authority authority, std::function<void(SiteOutlook)> done);
  void on_bug(const char* task, const std::string& what) const;
  void on_trouble(std::error_code error);
  void reject_over_limit(net::Socket socket, ProxyError failure);
  loop::Task<void> reject(net::Socket socket, ProxyError failure, loop::TaskStop stop);
  void reject_without_descriptor(net::Socket socket);
  void reject_in_passing(net::Socket socket, const ProxyError& failure);
  void drop(net::Socket socket);
  void log_applied(const TunnelTable::Ending& ending, std::size_t open, std::size_t closed) const;
  void on_budgets_change();
  void cut();
  void check_stopped();

  loop::Loop& loop_;
  const ProxyOptions options_;
  const Logger logger_;
  config::LiveConfig live_;
  telemetry::Counters counters_;
  BudgetKeeper budgets_;
  RequestReporter reporter_;
  std::vector<char> loop_buffer_;
  net::PipePool pipes_;
  std::unique_ptr<net::Listener> listener_;
  std::unique_ptr<dns::Resolver> resolver_;
  Router router_;
  UpstreamConnector connector_;
  Gateway gateway_;
  Upstreams upstreams_;
  Clients clients_;
  TunnelTable tunnels_;
  Services services_;
  BurstMemory memory_;
  loop::TaskGroup tasks_;
  loop::TaskGroup rejecting_;   // connections over the limit
  loop::TaskGroup foreseeing_;  // no client's
  loop::Deadline grace_;        // of stop()
  std::function<void()> stopped_;
};

}  // namespace aluvia::proxy
