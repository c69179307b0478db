// Implements the parts of Runtime that pass requests to their observers, and connect the learned hosts of
// AUTO with both planes.
#include "agent/runtime.hpp"

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
    manager_->change(
        config::SetLearned{std::move(hosts)},
        [this, done = std::move(done)](const config::ChangeResult&) { asio::post(loop_, done); });
  };
  planes.run_off_loop = usage_->off_loop();
  auto_->connect(std::move(planes));
}

}  // namespace aluvia::agent
