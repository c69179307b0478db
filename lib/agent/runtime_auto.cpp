// Implements the parts of Runtime that pass requests to their observers, connect the learned hosts of AUTO
// with both planes, and keep what was learned about the gateway over restarts.
#include "agent/plane_options.hpp"
#include "agent/runtime.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace aluvia::agent {

// Returns a function that passes each finished request to all that want it.
telemetry::RequestObserver Runtime::observer() {
  return [this](const telemetry::RequestRecord& record) {
    metrics_.observe(record);
    recent_.add(record);
    if (access_log_) access_log_->write(record);
    if (auto_) auto_->observe(record);
    if (options_.on_request) options_.on_request(record);
  };
}

telemetry::RequestObserver Runtime::open_observer() {
  const bool is_logged = access_log_ && options_.access_log.has_opens;
  if (!is_logged && !auto_) return {};
  return [this, is_logged](const telemetry::RequestRecord& record) {
    if (is_logged) access_log_->write(record, telemetry::AccessLine::Moment::open);
    if (auto_) auto_->observe_open(record);
  };
}

void Runtime::open_auto() {
  auto learning = AutoService::open(loop_, options_.auto_mode, options_.state_dir, options_.logger);
  if (!learning) throw InvalidOptionError(OptionId::state_dir, learning.error());
  auto_ = std::move(*learning);
  manager_->start_with_learned(auto_->learned());
}

// The answer is posted behind the snapshot that holds the hosts, as that to a command.
void Runtime::connect_auto() {
  AutoService::Planes planes;
  planes.decide = [this](const http::Authority& site) { return server_->decide(site); };
  planes.publish = [this](std::vector<std::string> hosts, std::function<void()> done) {
    manager_->change(config::SetLearned{std::move(hosts)},
                     [this, done = std::move(done)](const config::ChangeResult&) { loop_.post(done); });
  };
  planes.run_off_loop = usage_->off_loop();
  auto_->connect(std::move(planes));
}

// The hosts of the last week, so that the first page of this run is as fast as the last one of the run
// before.
void Runtime::remember_hosts() {
  if (options_.state_dir.empty() || options_.early_connect != proxy::EarlyConnectMode::known) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto week_ago = std::chrono::duration_cast<std::chrono::seconds>(now - std::chrono::hours(7 * 24));
  const ledger::UsageQuery query{ledger::UsageBy::host, static_cast<ledger::Seconds>(week_ago.count())};
  usage_->report(query, [this](const admin::UsageResult& usage) {
    if (!usage || !server_) return;
    for (const ledger::UsageRow& row : usage->rows) {
      const ledger::Sums& gateway = row.of(rules::Route::gateway);
      if (gateway.tunnels > gateway.failures) server_->remember(row.name);
    }
  });
}

void Runtime::remember_gateway() {
  const net::TlsContext* const tls = server_->gateway_tls();
  if (options_.state_dir.empty() || !tls) return;
  const config::GatewayEndpoint gateway = gateway_of(options_);
  gateway_sessions_ =
      std::make_unique<GatewaySessions>(loop_, *tls, GatewaySessions::Gateway{gateway.host, gateway.port},
                                        options_.state_dir, options_.logger, usage_->off_loop());
}

}  // namespace aluvia::agent
