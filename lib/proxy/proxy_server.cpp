#include "proxy/proxy_server.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

// Connections over the limit that get a whole response; more get one that may be lost. Each holds a
// descriptor, which must not be one that those within the limit need.
constexpr std::size_t most_rejecting(std::size_t connections) {
  return std::min<std::size_t>(64, connections / 8);
}

// Read by everyone, owned by the loop: large enough that a bulk stream needs few turns, small enough for the
// cache.
constexpr std::size_t loop_buffer_size = 128 * 1024;

ProxyStartFailure cannot_listen(const net::Address& host, std::uint16_t port, std::error_code error) {
  const auto failure = [&](OptionId option, std::string_view reason) {
    return ProxyStartFailure{ProxyStartFailure::Kind::cannot_bind, option,
                             fmt::format("cannot listen on {}:{}: {}", host.to_string(), port, reason),
                             error};
  };
  if (error == std::errc::address_in_use) {
    return failure(OptionId::port, "the port is in use; choose another one, or 0 for a free one");
  }
  if (error == std::errc::permission_denied) {
    return failure(OptionId::port, "permission denied; choose a port above 1023");
  }
  if (error == std::errc::address_not_available) {
    return failure(OptionId::host, "no interface of this machine has that address; choose another address");
  }
  return failure(OptionId::host, fmt::format("{}; choose another address or port", error.message()));
}

}  // namespace

std::optional<ProxyStartFailure> ProxyServer::listen_failure(const net::Address& host, std::uint16_t port) {
  const std::error_code error = net::bind_error(host, port);
  return error ? std::optional(cannot_listen(host, port, error)) : std::nullopt;
}

Result<std::unique_ptr<ProxyServer>, ProxyStartFailure> ProxyServer::create(loop::Loop& loop,
                                                                            ProxyOptions options,
                                                                            Logger logger) {
  using Kind = ProxyStartFailure::Kind;
  auto listener = options.listening_socket < 0 ? net::Listener::open(loop, options.host, options.port)
                                               : net::Listener::adopt(loop, options.listening_socket);
  if (!listener) {
    return Err{cannot_listen(options.host, options.port, listener.error())};
  }
  dns::ResolverOptions resolver_options;
  resolver_options.servers = options.dns_servers;
  if (!options.hosts_file.empty()) resolver_options.hosts_file = options.hosts_file;
  auto resolver = dns::Resolver::create(loop, resolver_options);
  if (!resolver) return Err{ProxyStartFailure{Kind::bad_option, OptionId::dns_server, resolver.error()}};
  std::optional<net::TlsContext> tls;
  if (options.gateway_tls) {
    auto context = net::TlsContext::create(options.gateway_ca);
    if (!context) return Err{ProxyStartFailure{Kind::bad_option, OptionId::gateway_ca, context.error()}};
    tls.emplace(std::move(*context));
  }
  return std::unique_ptr<ProxyServer>(new ProxyServer(loop, std::move(options), std::move(logger),
                                                      std::move(*listener), std::move(*resolver),
                                                      std::move(tls)));
}

ProxyServer::ProxyServer(loop::Loop& loop, ProxyOptions options, Logger logger,
                         std::unique_ptr<net::Listener> listener, std::unique_ptr<dns::Resolver> resolver,
                         std::optional<net::TlsContext> gateway_tls)
    : loop_(loop),
      options_(std::move(options)),
      logger_(std::move(logger)),
      budgets_(loop, logger_, options_.budgets),
      reporter_(loop, counters_, logger_, options_.reports, &budgets_),
      loop_buffer_(loop_buffer_size),
      listener_(std::move(listener)),
      resolver_(std::move(resolver)),
      router_(live_, &budgets_),
      connector_(loop, *resolver_, std::move(gateway_tls),
                 DestinationPolicy(listener_->local_endpoint(), options_.guard), options_.emulated_origin),
      gateway_{{loop, connector_, options_.limits, logger_, options_.gateway_warm},
               {options_.limits, logger_},
               {loop, options_.limits, router_, options_.request_refresh},
               {options_.early_connect, logger_},
               {}},
      upstreams_{{connector_, gateway_, router_, options_.limits, logger_, loop_buffer_},
                 {loop, options_.limits},
                 {router_, options_.limits}},
      clients_{{options_.admission, logger_},
               {options_.limits, !listener_->local_endpoint().address().is_loopback()},
               {}},
      tunnels_(options_.limits, counters_, reporter_, logger_, loop_buffer_, pipes_, clients_.shares),
      services_{options_.limits, logger_,    counters_, reporter_, router_,
                gateway_,        upstreams_, clients_,  tunnels_,  options_.local_answers,
                loop_buffer_,    pipes_},
      memory_(loop.get_executor()),
      tasks_(loop, [this](const char* task, const std::string& what) { on_bug(task, what); }),
      rejecting_(loop, [this](const char* task, const std::string& what) { on_bug(task, what); }),
      foreseeing_(loop, [this](const char* task, const std::string& what) { on_bug(task, what); }),
      grace_(loop.get_executor(), [this] { cut(); }) {
  clients_.connections.on_leave([this] { memory_.shrunk(client_count()); });
  budgets_.on_change([this] { on_budgets_change(); });
  tunnels_.on_end([this] {
    memory_.shrunk(client_count());
    check_stopped();
  });
}

ProxyServer::~ProxyServer() = default;

void ProxyServer::on_bug(const char* task, const std::string& what) const {
  logger_.error({"task_failed", {{"task", task}, {"error", what}}}, "a {} ended by {}", task, what);
}

void ProxyServer::start() {
  listener_->start({[this](net::Socket socket) { accept(std::move(socket)); },
                    [this](net::Socket socket) { reject_without_descriptor(std::move(socket)); },
                    [this](std::error_code error) { on_trouble(error); }});
}

// Idle upstream connections are a convenience: their descriptors are needed now.
void ProxyServer::on_trouble(std::error_code error) {
  upstreams_.close_idle();
  logger_.warn({"accept_failed", {{"error", error.message()}}},
               "no connection can be accepted as it should: {}; raise the limit of open files (ulimit -n, or "
               "LimitNOFILE= of the service) where this stays",
               error.message());
}

void ProxyServer::publish(config::Snapshot snapshot) {
  if (live_.current() && snapshot && live_.current()->gateway != snapshot->gateway) {
    gateway_.circuit.forget();
    gateway_.early.forget();
  }
  // A kept connection may lead to an address that is blocked now, which its host does not tell.
  const bool blocks_networks = snapshot && snapshot->policy && snapshot->policy->blocks_networks();
  const bool has_new_policy = !live_.current() || !snapshot || live_.current()->policy != snapshot->policy;
  if (blocks_networks && has_new_policy) upstreams_.close_idle();
  if (has_new_policy) {
    reporter_.settle();  // a new budget begins with what the ledger has
    budgets_.follow(snapshot ? snapshot->policy.get() : nullptr);
  }
  live_.publish(std::move(snapshot));
  gateway_.warm.follow(live_.current());
  const std::size_t closed = upstreams_.reconsider(router_);
  tunnels_.reconsider(router_, [this, closed, open = tunnels_.size()](const TunnelTable::Ending& ending) {
    log_applied(ending, open, closed);
  });
}

void ProxyServer::log_applied(const TunnelTable::Ending& ending, std::size_t open, std::size_t closed) const {
  if (ending.total() + closed == 0) return;
  logger_.info(
      {"config_applied",
       {{"tunnels_rerouted", ending.rerouted},
        {"tunnels_renewed", ending.renewed},
        {"tunnels_open", open},
        {"idle_closed", closed}}},
      "the new configuration ends {} of {} open tunnels ({} by their rules, {} by credentials, session or "
      "geo) and "
      "closes {} idle upstream connections",
      ending.total(), open, ending.rerouted, ending.renewed, closed);
}

// A budget has closed or opened.
void ProxyServer::on_budgets_change() {
  gateway_.warm.hold(budgets_.is_closed_for_all());
  upstreams_.reconsider(router_);
  tunnels_.reconsider(router_, nullptr);
}

const telemetry::Counters& ProxyServer::traffic() {
  reporter_.settle();
  counters_.gateway = {gateway_.warm.hits(), gateway_.warm.misses(), gateway_.circuit.opened(),
                       gateway_.circuit.closed()};
  return counters_;
}

std::vector<http::Authority> ProxyServer::audited() const {
  auto hosts = reporter_.audited();
  std::erase_if(hosts, [this](const http::Authority& host) {
    return router_.decide(host).action != policy::Action::audit;
  });
  return hosts;
}

void ProxyServer::accept(net::Socket socket) {
  if (!clients_.access.admits(socket)) return drop(std::move(socket));
  ++counters_.connections;
  ClientCount count = clients_.shares.count_peer(socket.native_handle());
  if (auto failure = make_room(count)) return reject_over_limit(std::move(socket), std::move(*failure));
  tasks_.spawn_with_stop("connection", [&](loop::TaskStop stop) {
    return Connection::serve(services_, std::move(socket), std::move(count), stop);
  });
  memory_.grown(client_count());
}

Decision ProxyServer::count_block_report(const http::Authority& authority) {
  Decision decision = router_.decide(authority);
  ++counters_.of(decision.route).block_reports;
  return decision;
}

void ProxyServer::foresee(const http::Authority& authority, std::function<void(SiteOutlook)> done) {
  if (services_.stopping) {
    return done(SiteOutlook(router_.decide(authority),
                            ProxyError(ProxyErrorKind::connection_terminated, "the proxy is being stopped")));
  }
  foreseeing_.spawn("outlook", look_ahead(authority, std::move(done)));
}

loop::Task<void> ProxyServer::look_ahead(http::Authority authority, std::function<void(SiteOutlook)> done) {
  const Decision decision = router_.decide(authority);
  std::optional<ProxyError> failure;
  if (decision.is_blocked()) {
    failure.emplace(router_.block_of(decision, authority));
  } else if (decision.route == rules::Route::gateway) {
    const GatewayHealth health = gateway_health();
    if (!health.ok) {
      failure.emplace(ProxyErrorKind::gateway_down,
                      fmt::format("the gateway cannot be used: {}", health.reason));
    }
  } else {
    const loop::TimePoint deadline = loop::Clock::now() + options_.limits.dial;
    auto addresses = co_await connector_.origin_addresses(authority, decision.policy(), deadline);
    if (services_.stopping) co_return;  // the look-up was cancelled
    if (!addresses) failure.emplace(std::move(addresses.error()));
  }
  done(SiteOutlook(decision, std::move(failure)));
}

// A connection that serves no request is closed for a new one, so that silent clients lock out no others. A
// failure where all are in use. Those just closed still count for a moment, as the new ones do beside them.
std::optional<ProxyError> ProxyServer::make_room(const ClientCount& count) {
  if (clients_.shares.exceeds_share(count)) {
    if (clients_.shares.close_longest_waiting_of(count)) return std::nullopt;
    logger_.warn({"address_limit_reached", {{"connections", clients_.shares.address_connections()}}},
                 "{} connections of one address are open, half of all that may be: another one is refused",
                 clients_.shares.address_connections());
    return ProxyError(ProxyErrorKind::connection_limit,
                      fmt::format("{} connections of this address are open, as many as one address may have",
                                  clients_.shares.address_connections()));
  }
  const std::size_t most = options_.limits.connections;
  if (client_count() < most) return std::nullopt;
  if (clients_.shares.close_longest_waiting()) {
    logger_.warn(
        {"connection_replaced", {{"connections", most}}},
        "{} connections are open, as many as may be: the one that waits longest is closed for another", most);
    return std::nullopt;
  }
  ProxyError failure(ProxyErrorKind::connection_limit, fmt::format("{} connections are open", most));
  logger_.warn({"connection_limit_reached", {{"connections", most}}},
               "{}, as many as the limit allows: another one is rejected", failure.details);
  return failure;
}

void ProxyServer::reject_over_limit(net::Socket socket, ProxyError failure) {
  if (rejecting_.size() >= most_rejecting(options_.limits.connections))
    return reject_in_passing(std::move(socket), failure);
  rejecting_.spawn_with_stop(
      "rejection", [&](loop::TaskStop stop) { return reject(std::move(socket), std::move(failure), stop); });
}

loop::Task<void> ProxyServer::reject(net::Socket socket, ProxyError failure, loop::TaskStop stop) {
  Connection connection(services_, std::move(socket), {}, stop);
  co_await connection.reject(std::move(failure));
}

void ProxyServer::reject_without_descriptor(net::Socket socket) {
  if (!clients_.access.admits(socket)) return drop(std::move(socket));
  ++counters_.connections;
  (void)clients_.shares.close_longest_waiting(
      ProxyErrorKind::no_descriptor);  // the next one may have its descriptor
  reject_in_passing(std::move(socket), {ProxyErrorKind::no_descriptor,
                                        "the proxy has no file left to open for another connection"});
}

// The socket is closed on return.
void ProxyServer::reject_in_passing(net::Socket socket, const ProxyError& failure) {
  ++counters_.refused;
  net::Stream client(std::move(socket));
  reporter_.reject_in_passing(client, failure, loop_buffer_);
}

// Closes without an answer or a trace: a client that may not connect learns nothing.
void ProxyServer::drop(net::Socket socket) {
  ++counters_.turned_away;
  net::Stream client(std::move(socket));
  client.reset_on_close();
}

void ProxyServer::stop(std::chrono::milliseconds grace, std::function<void()> stopped) {
  const bool is_first = !std::exchange(services_.stopping, true);
  if (is_first) {
    stopped_ = std::move(stopped);
    listener_->finish();
    upstreams_.close_idle();
    gateway_.warm.close();
    rejecting_.cancel_all();
    foreseeing_.cancel_all();
    clients_.connections.each([](loop::ListNode& one) { static_cast<Connection&>(one).end_if_idle(); });
  }
  if (grace <= std::chrono::milliseconds::zero()) return cut();
  const loop::TimePoint end = loop::Clock::now() + grace;
  if (end < grace_.due()) grace_.set_at(end);
  tasks_.when_empty([this] { check_stopped(); });
  rejecting_.when_empty([this] { check_stopped(); });
  foreseeing_.when_empty([this] { check_stopped(); });
  gateway_.warm.when_idle([this] { check_stopped(); });
}

void ProxyServer::cut() {
  tunnels_.end_all();
  tasks_.cancel_all();
  tasks_.when_empty([this] { check_stopped(); });
  rejecting_.when_empty([this] { check_stopped(); });
  foreseeing_.when_empty([this] { check_stopped(); });
  gateway_.warm.when_idle([this] { check_stopped(); });
}

void ProxyServer::check_stopped() {
  const bool is_busy = tasks_.size() + rejecting_.size() + foreseeing_.size() + tunnels_.size() > 0 ||
                       !gateway_.warm.is_idle();
  if (!services_.stopping || is_busy || !stopped_) return;
  grace_.clear();
  upstreams_.pool.clear();
  std::exchange(stopped_, nullptr)();
}

}  // namespace aluvia::proxy
