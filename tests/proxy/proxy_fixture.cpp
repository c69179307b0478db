#include "proxy_fixture.hpp"

#include "config/user_network_config.hpp"
#include "proxy/proxy_server.hpp"

#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

constexpr std::chrono::seconds guard{60};

std::chrono::system_clock::time_point no_time() {
  return {};
}

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "Proxy: %s\n", why);
  std::abort();
}

}  // namespace

struct Proxy::Running {
  std::mutex mutex;
  std::condition_variable changed;
  std::string log;
  int stopped = 0;
  bool stop_asked = false;

  loop::Loop loop;
  std::optional<loop::KeepRunning> work{loop};
  std::unique_ptr<proxy::ProxyServer> server;
  std::thread thread;

  Logger logger(LogLevel level) {
    return Logger(
        level, LogFormat::text,
        [this](std::string_view line) {
          const std::lock_guard lock(mutex);
          log += line;
          changed.notify_all();
        },
        &no_time);
  }

  template <class Predicate>
  bool wait(Predicate holds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, guard, holds);
  }
};

Proxy::Proxy(ProxySettings settings) : settings_(std::move(settings)), running_(std::make_unique<Running>()) {
  proxy::ProxyOptions options;
  options.dns_servers = settings_.dns_server;
  options.hosts_file = settings_.hosts_file;
  options.limits = settings_.limits;
  options.gateway_tls = !settings_.gateway_ca.empty();
  options.gateway_ca = settings_.gateway_ca;
  options.gateway_warm = settings_.gateway_warm;
  options.early_connect = settings_.early_connect;
  options.request_refresh = settings_.request_refresh;
  options.host = asio::ip::make_address(settings_.host);
  options.admission = settings_.admission;
  for (const std::string& range : settings_.allow_from) {
    options.admission.allow_from.push_back(*net::AddressRange::parse(range));
  }
  options.guard = settings_.guard;
  options.local_answers = settings_.local_answers;
  options.reports.on_request = settings_.on_request;
  options.reports.ledger = settings_.ledger;
  options.budgets = settings_.budgets;
  auto server =
      proxy::ProxyServer::create(running_->loop, std::move(options), running_->logger(settings_.log_level));
  REQUIRE(server);
  running_->server = std::move(*server);
  port_ = running_->server->endpoint().port();
  running_->server->start();
  running_->thread = std::thread([this] { running_->loop.run(); });
  publish(settings_.rules);
}

Proxy::~Proxy() {
  stop(std::chrono::milliseconds::zero());
  if (!running_->wait([this] { return running_->stopped > 0; })) give_up("stopping does not end");
  // As agent does it: on the loop, behind the call that told.
  on_loop([this] { running_->server.reset(); });
  running_->work.reset();
  running_->thread.join();
  CHECK(running_->stopped == 1);
  CHECK(running_->log.find("ended by a bug") == std::string::npos);
  CHECK(running_->log.find("secret") == std::string::npos);
  CHECK(running_->log.find(gateway_credential.substr(6)) == std::string::npos);
}

Peer Proxy::tunnel(std::string_view authority) const {
  Peer peer = client();
  const std::string host(authority);
  peer.sends("CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  peer.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  return peer;
}

void Proxy::on_loop(const std::function<void()>& action) {
  std::promise<void> done;
  running_->loop.post([&] {
    action();
    done.set_value();
  });
  if (done.get_future().wait_for(guard) != std::future_status::ready) give_up("the loop is stuck");
}

void Proxy::publish(std::vector<std::string> rules, const std::string& user) {
  const config::Snapshot snapshot = next_snapshot(std::move(rules), user);
  on_loop([this, &snapshot] { running_->server->publish(snapshot); });
}

std::string Proxy::publish_and_log(std::vector<std::vector<std::string>> configurations) {
  std::vector<config::Snapshot> snapshots;
  for (auto& rules : configurations) snapshots.push_back(next_snapshot(std::move(rules), "user"));
  std::string logged;
  on_loop([&] {
    for (const config::Snapshot& snapshot : snapshots) running_->server->publish(snapshot);
    logged = log();
  });
  return logged;
}

config::Snapshot Proxy::next_snapshot(std::vector<std::string> rules, const std::string& user) {
  config::UserResponse response;
  response.proxy_username = Secret(user);
  response.proxy_password = Secret("secret");
  response.rules = std::move(rules);
  config::GatewayEndpoint gateway;
  gateway.protocol =
      settings_.gateway_ca.empty() ? config::GatewayProtocol::http : config::GatewayProtocol::https;
  gateway.host = settings_.gateway_host;
  gateway.port = settings_.gateway_port;
  std::vector<std::string> warnings;
  const config::NewSnapshot snapshot = config::make_snapshot(response, gateway, {}, "", ++version_, warnings);
  REQUIRE(warnings.empty());
  if (!settings_.policy.empty()) snapshot->policy = std::make_shared<policy::Policy>(settings_.policy);
  return snapshot;
}

telemetry::Counters Proxy::counters() {
  telemetry::Counters copy;
  on_loop([this, &copy] { copy = running_->server->traffic(); });
  return copy;
}

std::size_t Proxy::warm_connections() {
  std::size_t count = 0;
  on_loop([this, &count] { count = running_->server->warm_connections(); });
  return count;
}

proxy::EarlyConnectState Proxy::early_connect() {
  proxy::EarlyConnectState state;
  on_loop([this, &state] { state = running_->server->early_connect(); });
  return state;
}

proxy::GatewayHealth Proxy::gateway_health() {
  proxy::GatewayHealth health;
  on_loop([this, &health] { health = running_->server->gateway_health(); });
  return health;
}

std::optional<proxy::ProxyError> Proxy::foresees(const std::string& authority) {
  const auto told = std::make_shared<std::promise<std::optional<proxy::ProxyError>>>();
  begins_to_foresee(authority, [told](proxy::SiteOutlook outlook) { told->set_value(outlook.failure); });
  auto failure = told->get_future();
  if (failure.wait_for(guard) != std::future_status::ready) give_up("nothing is foreseen");
  return failure.get();
}

void Proxy::begins_to_foresee(const std::string& authority, std::function<void(proxy::SiteOutlook)> done) {
  const auto site = http::parse_authority(authority, std::nullopt);
  REQUIRE(site);
  on_loop([&] { running_->server->foresee(*site, std::move(done)); });
}

std::vector<budget::BudgetView> Proxy::budgets() {
  std::vector<budget::BudgetView> out;
  on_loop([this, &out] { out = running_->server->budgets(); });
  return out;
}

bool Proxy::is_empty() {
  bool empty = false;
  on_loop([this, &empty] {
    empty = running_->server->open_connections() == 0 && running_->server->open_tunnels() == 0;
  });
  return empty;
}

std::string Proxy::log() {
  const std::lock_guard lock(running_->mutex);
  return running_->log;
}

void Proxy::waits_for_log(std::string_view text) {
  const bool came = running_->wait([&] { return running_->log.find(text) != std::string::npos; });
  INFO(log());
  INFO(text);
  REQUIRE(came);
}

void Proxy::stop(std::chrono::milliseconds grace) {
  stop_with([] {}, grace);
}

void Proxy::stop_with(const std::function<void()>& action, std::chrono::milliseconds grace) {
  on_loop([&] {
    action();
    running_->server->stop(grace, [this] {
      const std::lock_guard lock(running_->mutex);
      ++running_->stopped;
      running_->changed.notify_all();
    });
  });
}

bool Proxy::is_stopped() {
  const std::lock_guard lock(running_->mutex);
  return running_->stopped > 0;
}

void Proxy::waits_until_stopped() {
  REQUIRE(running_->wait([this] { return running_->stopped > 0; }));
}

struct Proxy::Hold::State {
  std::promise<void> begun;
  std::promise<void> released;
};

Proxy::Hold::Hold(Proxy& proxy) : state_(std::make_shared<State>()) {
  proxy.running_->loop.post([state = state_] {
    state->begun.set_value();
    state->released.get_future().wait();
  });
  state_->begun.get_future().wait();
}

Proxy::Hold::~Hold() {
  state_->released.set_value();
}

Proxy::Hold Proxy::hold() {
  return Hold(*this);
}

SandboxFixture::SandboxFixture() : Sandbox({}) {
  const auto started = start();
  if (!started) FAIL(started.error());
}

void wait_until(const std::function<bool()>& holds) {
  const auto limit = std::chrono::steady_clock::now() + guard;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > limit)
      FAIL("what the test waits for did not happen before the guard");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace aluvia::test
