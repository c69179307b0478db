#include "agent/agent_connect_client.hpp"

#include "agent/running.hpp"

#include <future>
#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace aluvia::agent {
namespace {

void check(const AgentConnectClientOptions& options) {
  if (options.token.empty()) {
    throw MissingUserTokenError("no user API token: give it with --token, --token-file or ALUVIA_TOKEN");
  }
  if (options.poll_interval < std::chrono::milliseconds(1000)) {
    throw InvalidOptionError("--poll-interval takes milliseconds, 1000 or more");
  }
  if (options.gateway_host.empty())
    throw InvalidOptionError("--gateway-host takes a host name or an address");
  if (options.gateway_port == 0) throw InvalidOptionError("--gateway-port takes a port from 1 to 65535");
  std::error_code error;
  const auto address = asio::ip::make_address(options.local_host, error);
  if (error || !address.is_loopback()) {
    throw InvalidOptionError(
        fmt::format("--host takes a loopback address such as 127.0.0.1 or ::1: anybody who can connect uses "
                    "the account, not {}",
                    printable(options.local_host)));
  }
}

std::string url_of(const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("http://[{}]:{}", host, port) : fmt::format("http://{}:{}", host, port);
}

}  // namespace

AgentConnectSession::AgentConnectSession(std::string host, std::uint16_t port, std::weak_ptr<Running> running)
    : host_(std::move(host)), port_(port), url_(url_of(host_, port)), running_(std::move(running)) {}

void AgentConnectSession::stop() {
  if (const auto running = running_.lock()) {
    running->request_stop(running->grace());
    running->wait_stopped();
  }
}

struct AgentConnectClient::Impl {
  AgentConnectClientOptions options;
  std::mutex mutex;
  std::shared_ptr<Running> running;
  // Everybody who calls start() while one is under way, or has succeeded, waits for this one.
  std::shared_future<AgentConnectSession> started;

  std::shared_ptr<Running> current() {
    const std::lock_guard lock(mutex);
    return running;
  }
};

AgentConnectClient::AgentConnectClient(AgentConnectClientOptions options) : impl_(std::make_unique<Impl>()) {
  check(options);
  impl_->options = std::move(options);
}

AgentConnectClient::~AgentConnectClient() {
  request_stop(std::chrono::milliseconds::zero());
  wait();
}

AgentConnectSession AgentConnectClient::start() {
  std::unique_lock lock(impl_->mutex);
  if (impl_->running) {
    const auto shared = impl_->started;
    lock.unlock();
    return shared.get();
  }
  const auto running = std::make_shared<Running>(impl_->options);
  std::promise<AgentConnectSession> promise;
  impl_->running = running;
  impl_->started = promise.get_future().share();
  lock.unlock();
  try {
    running->start();
  } catch (...) {
    promise.set_exception(std::current_exception());
    lock.lock();
    if (impl_->running == running) impl_->running.reset();
    throw;
  }
  AgentConnectSession session(running->host(), running->port(), running);
  promise.set_value(session);
  return session;
}

void AgentConnectClient::request_stop(std::chrono::milliseconds grace) {
  if (const auto running = impl_->current()) running->request_stop(grace);
}

void AgentConnectClient::refresh() {
  if (const auto running = impl_->current()) running->refresh();
}

void AgentConnectClient::stop() {
  request_stop(impl_->options.shutdown_grace);
  wait();
}

void AgentConnectClient::wait() {
  const auto running = impl_->current();
  if (!running) return;
  running->wait_stopped();
  const std::lock_guard lock(impl_->mutex);
  if (impl_->running == running) impl_->running.reset();
}

}  // namespace aluvia::agent
