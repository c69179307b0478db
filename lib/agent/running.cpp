#include "agent/running.hpp"

#include "control/user_api.hpp"

#include <utility>

#include <pthread.h>
#include <signal.h>

namespace aluvia::agent {
namespace {

config::GatewayEndpoint gateway_of(const AgentConnectClientOptions& options) {
  return {options.gateway_protocol, options.gateway_host,
          options.gateway_port.value_or(config::default_gateway_port(options.gateway_protocol))};
}

proxy::ProxyOptions proxy_options_of(const AgentConnectClientOptions& options) {
  proxy::ProxyOptions out;
  out.host = asio::ip::make_address(options.local_host);  // checked by the client's constructor
  out.port = options.local_port;
  out.dns_servers = options.dns_servers;
  out.gateway_tls = options.gateway_protocol == config::GatewayProtocol::https;
  out.gateway_ca = options.gateway_ca;
  return out;
}

[[noreturn]] void throw_init_error(const control::InitError& error) {
  using Kind = control::InitError::Kind;
  switch (error.kind) {
    case Kind::token_refused:
      throw InvalidUserTokenError(error.message);
    case Kind::cancelled:
      throw StartCancelledError(error.message);
    case Kind::bad_answer:
      throw ApiError(error.message, ApiError::Kind::bad_answer, error.status);
    case Kind::api_error:
    case Kind::unreachable:
      break;
  }
  throw ApiError(error.message, ApiError::Kind::unavailable, error.status);
}

[[noreturn]] void throw_proxy_failure(const proxy::ProxyStartFailure& failure) {
  if (failure.kind == proxy::ProxyStartFailure::Kind::bad_option) throw InvalidOptionError(failure.message);
  throw ProxyStartError(failure.message);
}

// OpenSSL writes to sockets without MSG_NOSIGNAL; a broken pipe must not end the process on this thread.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Running::Running(const AgentConnectClientOptions& options) : options_(options), manager_(make_manager()) {}

Running::~Running() {
  request_stop(std::chrono::milliseconds::zero());
  wait_stopped();
  if (loop_thread_.joinable()) loop_thread_.join();
}

std::unique_ptr<control::ConfigManager> Running::make_manager() {
  control::ApiOptions api;
  api.base_url = options_.api_base_url;
  api.ca_file = options_.api_ca;
  api.token = options_.token;
  auto user_api = control::make_http_user_api(std::move(api));
  if (!user_api) throw InvalidOptionError(user_api.error());
  // The poll thread hands each snapshot to the loop; it never touches the proxy itself.
  auto publish = [this](config::Snapshot snapshot) {
    asio::post(loop_, [this, snapshot = std::move(snapshot)]() mutable {
      if (server_) server_->publish(std::move(snapshot));
    });
  };
  return std::make_unique<control::ConfigManager>(
      control::ControlOptions{options_.poll_interval, gateway_of(options_), options_.local_rules},
      std::move(*user_api), options_.logger, std::move(publish));
}

void Running::enter(Phase phase) {
  const std::lock_guard lock(mutex_);
  if (phase == Phase::starting && stop_asked_) throw StartCancelledError("stopped while starting");
  phase_ = phase;
  changed_.notify_all();
}

void Running::start() {
  try {
    enter(Phase::starting);
    open_proxy(first_configuration());
  } catch (...) {
    manager_->stop();
    enter(Phase::stopped);
    throw;
  }
}

config::Snapshot Running::first_configuration() {
  auto first = manager_->init();
  if (!first) throw_init_error(first.error());
  return std::move(*first);
}

void Running::open_proxy(config::Snapshot first) {
  auto server = proxy::ProxyServer::create(loop_, proxy_options_of(options_), options_.logger);
  if (!server) throw_proxy_failure(server.error());
  server_ = std::move(*server);
  endpoint_ = server_->endpoint();
  const config::GatewayEndpoint& gateway = first->gateway;
  options_.logger.info("listening on http://{}:{}, gateway {}://{}:{}, {} rules", host(), port(),
                       gateway.protocol == config::GatewayProtocol::https ? "https" : "http", gateway.host,
                       gateway.port, first->rules.size());
  server_->publish(std::move(first));
  server_->start();

  const std::lock_guard lock(mutex_);
  if (stop_asked_) throw StartCancelledError("stopped while starting");
  keep_running_.emplace(asio::make_work_guard(loop_));
  loop_thread_ = std::thread([this] { run_loop(); });
  phase_ = Phase::running;
  manager_->start_polling();
}

void Running::run_loop() {
  block_sigpipe();
  loop_.run();
  enter(Phase::stopped);
}

void Running::request_stop(std::chrono::milliseconds grace) {
  const std::lock_guard lock(mutex_);
  const bool first = !std::exchange(stop_asked_, true);
  if (phase_ == Phase::running) {
    stop_planes(grace);
  } else if (first && phase_ == Phase::starting) {
    manager_->stop();
  }
}

// Precondition: the loop runs. The listener closes first, then the poller; what is open gets its grace.
void Running::stop_planes(std::chrono::milliseconds grace) {
  asio::post(loop_, [this, grace] {
    options_.logger.debug("stopping: open connections get {} ms", grace.count());
    if (!server_) return;
    // Posted, because the server must not be destroyed inside its own call.
    server_->stop(grace, [this] { asio::post(loop_, [this] { end_loop(); }); });
  });
  manager_->stop();
}

// Destroyed on the loop, so that what it cancels still ends in order; then nothing keeps the loop running.
void Running::end_loop() {
  options_.logger.info("stopped: {}", server_->counters().summary());
  server_.reset();
  keep_running_.reset();
}

void Running::wait_stopped() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return phase_ == Phase::stopped || phase_ == Phase::idle; });
}

}  // namespace aluvia::agent
