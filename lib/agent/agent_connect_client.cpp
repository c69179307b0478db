#include "agent/agent_connect_client.hpp"

#include "agent/option_check.hpp"
#include "agent/runtime.hpp"

#include <future>
#include <mutex>
#include <utility>

namespace aluvia::agent {

AgentConnectSession::AgentConnectSession(const std::shared_ptr<Runtime>& running)
    : host_(running->host()),
      port_(running->port()),
      url_(running->url()),
      client_url_(running->client_url()),
      running_(running) {}

void AgentConnectSession::stop() {
  if (const auto running = running_.lock()) {
    running->request_stop(running->grace());
    running->wait_stopped();
  }
}

struct AgentConnectClient::Impl {
  explicit Impl(AgentConnectClientOptions all) : options(checked(std::move(all))) {}

  std::shared_ptr<Runtime> current() {
    const std::lock_guard lock(mutex);
    return running;
  }
  // The caller holds its own reference, so that nothing is destroyed under the lock.
  void forget(const std::shared_ptr<Runtime>& ended) {
    const std::lock_guard lock(mutex);
    if (running != ended) return;
    last_traffic = ended->traffic();
    running.reset();
  }
  AgentConnectSession start_anew(std::unique_lock<std::mutex> lock, const std::stop_token& call_off);

  const AgentConnectClientOptions options;
  std::mutex mutex;
  // Set from the beginning of start() until wait(), stop() or the next start() has seen the end of the run.
  std::shared_ptr<Runtime> running;
  telemetry::Counters last_traffic;
  // Shared by all calls of start() while one is under way or has succeeded.
  std::shared_future<AgentConnectSession> session;
};

AgentConnectClient::AgentConnectClient(AgentConnectClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

AgentConnectClient::~AgentConnectClient() {
  request_stop(std::chrono::milliseconds::zero());
  wait();
}

AgentConnectSession AgentConnectClient::start(std::stop_token call_off) {
  for (;;) {
    std::unique_lock lock(impl_->mutex);
    if (!impl_->running) return impl_->start_anew(std::move(lock), call_off);
    const auto known = impl_->running;
    const auto session = impl_->session;
    lock.unlock();
    if (!known->stop_asked()) return session.get();
    known->wait_stopped();
    impl_->forget(known);
  }
}

AgentConnectSession AgentConnectClient::Impl::start_anew(std::unique_lock<std::mutex> lock,
                                                         const std::stop_token& call_off) {
  const auto mine = std::make_shared<Runtime>(options);
  std::promise<AgentConnectSession> promise;
  running = mine;
  session = promise.get_future().share();
  lock.unlock();
  const std::stop_callback calling_off(call_off, [&] { mine->request_stop(options.shutdown_grace); });
  try {
    mine->start();
  } catch (...) {
    forget(mine);  // first, so that a caller that gets the exception can start again at once
    promise.set_exception(std::current_exception());
    throw;
  }
  AgentConnectSession started(mine);
  promise.set_value(started);
  return started;
}

void AgentConnectClient::request_stop(std::chrono::milliseconds grace) {
  if (const auto running = impl_->current()) running->request_stop(grace);
}

void AgentConnectClient::refresh(std::function<void()> done) {
  if (const auto running = impl_->current()) running->refresh(std::move(done));
}

void AgentConnectClient::reopen_logs() {
  if (const auto running = impl_->current()) running->reopen_logs();
}

void AgentConnectClient::change(config::Edit edit, config::ChangeDone done) {
  if (const auto running = impl_->current()) return running->change(std::move(edit), std::move(done));
  done(Err{config::ApiError{config::ApiError::Kind::not_running, "the proxy is not started"}});
}

config::ControlStatus AgentConnectClient::status() const {
  const auto running = impl_->current();
  return running ? running->status() : config::ControlStatus{};
}

telemetry::Counters AgentConnectClient::last_traffic() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->last_traffic;
}

std::size_t AgentConnectClient::check() const {
  AgentConnectClientOptions once = impl_->options;
  once.config_cache.clear();
  return Runtime(once).check();
}

void AgentConnectClient::stop() {
  request_stop(impl_->options.shutdown_grace);
  wait();
}

void AgentConnectClient::wait() {
  const auto running = impl_->current();
  if (!running) return;
  running->wait_stopped();
  impl_->forget(running);
}

}  // namespace aluvia::agent
