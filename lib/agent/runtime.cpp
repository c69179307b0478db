#include "agent/runtime.hpp"

#include "admin/socket_path.hpp"
#include "agent/admin_source.hpp"
#include "agent/plane_options.hpp"
#include "agent/run_log.hpp"
#include "api/user_api.hpp"
#include "host/host_port.hpp"
#include "http/basic_credentials.hpp"

#include <algorithm>
#include <ctime>
#include <functional>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

namespace aluvia::agent {
namespace {

constexpr std::chrono::milliseconds longest_grace = std::chrono::hours(1);  // keeps time points in range

// Converts an error of the API to an exception of the specification.
[[noreturn]] void throw_start_error(const config::ApiError& error) {
  using Kind = config::ApiError::Kind;
  if (error.kind == Kind::token_refused) throw InvalidUserTokenError(error.message, error.status);
  if (error.kind == Kind::not_running) throw StartCancelledError(error.message);
  const bool is_bad = error.kind == Kind::bad_answer;
  throw ApiError(error.message, is_bad ? ApiError::Kind::bad_answer : ApiError::Kind::unavailable,
                 error.status);
}

[[noreturn]] void throw_proxy_failure(const proxy::ProxyStartFailure& failure) {
  if (failure.kind == proxy::ProxyStartFailure::Kind::bad_option) {
    throw InvalidOptionError(failure.option, failure.message);
  }
  throw ProxyStartError(failure.message, failure.error, failure.option);
}

// OpenSSL writes to sockets without MSG_NOSIGNAL; a broken pipe must not end the process on this thread.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Runtime::Runtime(const AgentConnectClientOptions& options) : options_(options), manager_(make_manager()) {}

Runtime::~Runtime() {
  if (loop_thread_.joinable()) {
    request_stop(std::chrono::milliseconds::zero());
    loop_thread_.join();
  }
  if (stopper_.joinable()) stopper_.join();
}

std::unique_ptr<control::ConfigManager> Runtime::make_manager() {
  api::ApiOptions api;
  api.base_url = options_.api_base_url;
  api.ca_file = options_.api_ca;
  api.connection_id = options_.connection_id;
  api.token = options_.token;
  auto user_api = api::make_http_user_api(std::move(api));
  // The client's constructor has checked the options, so only a changed file can fail here.
  if (!user_api) throw InvalidOptionError(OptionId::api_ca, user_api.error());
  // The poll thread hands each snapshot to the loop; it never touches the proxy itself.
  auto publish = [this](config::Snapshot snapshot) {
    loop_.post([this, snapshot = std::move(snapshot)]() mutable {
      if (server_) server_->publish(std::move(snapshot));
    });
  };
  auto control_options = control_options_of(options_);
  if (options_.heartbeat.on_beat) control_options.after_call = [this] { beat(); };
  control_options.waiting = options_.heartbeat.on_waiting;
  return std::make_unique<control::ConfigManager>(std::move(control_options), std::move(*user_api),
                                                  options_.logger, std::move(publish));
}

void Runtime::start() {
  try {
    open_usage();
    if (options_.auto_mode != learn::Mode::off) open_auto();
    check_address();
    open_access_log();
    open_proxy(first_configuration());
  } catch (...) {
    manager_->stop();
    control_socket_.reset();
    heartbeat_.reset();
    live_.reset();
    gateway_sessions_.reset();
    server_.reset();
    auto_.reset();
    usage_.reset();
    set_stopped();
    throw;
  }
}

void Runtime::open_usage() {
  auto usage = UsageService::open(loop_, ledger_, {options_.state_dir, options_.price}, options_.logger);
  if (!usage) throw InvalidOptionError(OptionId::state_dir, usage.error());
  usage_ = std::move(*usage);
}

// Comes before the API is asked, which may take long and whose answer a proxy that cannot listen does not
// need.
void Runtime::check_address() const {
  if (options_.listening_socket >= 0) return;
  const auto host = asio::ip::make_address(options_.local_host);  // checked by the client's constructor
  if (const auto failure = proxy::ProxyServer::listen_failure(host, options_.local_port))
    throw_proxy_failure(*failure);
}

void Runtime::open_access_log() {
  if (!options_.access_log.is_wanted()) return;
  auto log = access_log::AccessLog::open(options_.access_log, options_.logger);
  if (!log) throw InvalidOptionError(OptionId::access_log, log.error());
  access_log_ = std::move(*log);
}

std::size_t Runtime::check() {
  const config::Snapshot first = first_configuration();
  manager_->stop();
  return first->rule_count();
}

config::Snapshot Runtime::first_configuration() {
  auto first = manager_->init();
  if (!first) throw_start_error(first.error());
  return std::move(*first);
}

void Runtime::open_proxy(config::Snapshot first) {
  auto proxy_options = proxy_options_of(options_);
  proxy_options.reports.on_request = observer();
  proxy_options.reports.keeps_clients = access_log_ != nullptr;
  proxy_options.reports.keeps_paths = options_.access_log.has_paths;
  proxy_options.reports.on_open = open_observer();
  proxy_options.local_answers = [this](const proxy::LocalRequest& request,
                                       std::function<void(proxy::LocalAnswer)> done) {
    answer_itself(*local_port_, request, std::move(done));
  };
  proxy_options.request_refresh = [this](std::function<void()> done) {
    manager_->refresh([this, done = std::move(done)] { loop_.post(done); });
  };
  proxy_options.reports.ledger = &ledger_;
  if (!options_.state_dir.empty()) {
    proxy_options.budgets.spent_since = [this](ledger::Seconds since, proxy::BudgetOptions::Answer done) {
      usage_->gateway_bytes(since, std::move(done));
    };
  }
  auto server = proxy::ProxyServer::create(loop_, std::move(proxy_options), options_.logger);
  if (!server) throw_proxy_failure(server.error());
  server_ = std::move(*server);
  endpoint_ = server_->endpoint();
  if (auto_) connect_auto();
  open_pages();
  remember_hosts();
  remember_gateway();
  // In the loop's first turn, so that a start which fails below leaves no task behind.
  loop_.post([this, first] {
    server_->publish(first);
    accept_clients();
  });
  if (!options_.control_folder.empty()) open_control_socket();
  if (options_.heartbeat.on_beat) heartbeat_.emplace(loop_, options_.heartbeat, provider().status);

  const std::lock_guard lock(mutex_);
  if (stop_asked_) throw StartCancelledError("stopped while starting");
  log_started(options_.logger, {url(), host(), port()}, *first);
  start_planes();
}

// With budgets, clients wait in the queue of the listening socket until it is known what was spent before: a
// rejected first request would be felt. The store answers in the order of the questions, and the server has
// asked.
void Runtime::accept_clients() {
  if (options_.policy.budgets.empty()) return server_->start();
  if (options_.state_dir.empty()) {
    options_.logger.warn(
        {"budgets_not_kept", {{"budgets", options_.policy.budgets.size()}}},
        "the budgets begin at zero with each start, because no state directory keeps what is "
        "spent; set state-dir");
    return server_->start();
  }
  usage_->gateway_bytes(static_cast<ledger::Seconds>(std::time(nullptr)), [this](const auto&) {
    if (server_ && !server_->stopping()) server_->start();
  });
}

admin::StatusProvider Runtime::provider() {
  admin::StatusProvider out = status_provider(*server_, *manager_, recent_, auto_.get(), url());
  out.status = [this, status = std::move(out.status)] { return with_own_facts(status()); };
  out.live = [this](std::uint64_t since, admin::Audience audience, admin::LiveFeed::Done done) {
    live_->answer(since, audience, std::move(done));
  };
  out.usage = [this](const ledger::UsageQuery& query, std::function<void(admin::UsageResult)> done) {
    usage_->report(query, std::move(done));
  };
  if (options_.metrics_hosts > 0)
    out.hosts = [this] { return usage_->largest_hosts(options_.metrics_hosts); };
  return out;
}

admin::StatusSnapshot Runtime::with_own_facts(admin::StatusSnapshot status) const {
  status.command = options_.command;
  status.directory = options_.directory;
  status.requests = metrics_;
  status.gateway.connect_time = recent_.gateway_connect();
  if (control_socket_) status.control_socket = admin::socket_path(options_.control_folder, port());
  return status;
}

void Runtime::open_pages() {
  admin::StatusProvider source = provider();
  live_.emplace(
      loop_,
      admin::LiveFeed::Source{
          source.status, [this](std::size_t most) { return server_->tunnel_groups(most); }, options_.price},
      recent_, ledger_);
  admin::Access access(!endpoint_.address().is_loopback(), options_.proxy_auth);
  access.is_private = options_.private_page;
  local_port_.emplace(std::move(source), std::move(access));
}

// Logs a failure as a warning only, because the proxy works without the socket.
void Runtime::open_control_socket() {
  admin::StatusProvider source = provider();
  source.client_url = [this] { return client_url(); };
  if (options_.client_variables)
    source.client_variables = [this] { return options_.client_variables(url()); };
  admin::ControlApi api(std::move(source), commands(loop_, *server_, *manager_, auto_.get(), options_.logger,
                                                    [this] { begin_stop(); }));
  auto socket = admin::ControlSocket::open(loop_, admin::socket_path(options_.control_folder, port()),
                                           std::move(api), options_.logger);
  if (!socket) {
    options_.logger.warn(
        {"control_socket_failed", {{"error", socket.error()}}},
        "the commands cannot reach this proxy: {}; XDG_RUNTIME_DIR or TMPDIR can name another folder",
        socket.error());
    return;
  }
  control_socket_ = std::move(*socket);
  control_socket_->start();
}

// Precondition: the caller holds the mutex.
void Runtime::start_planes() {
  keep_running_.emplace(loop_);
  try {
    loop_thread_ = std::thread([this] { run_loop(); });
  } catch (const std::system_error& error) {
    throw ProxyStartError(fmt::format("no thread can be started for the proxy: {}", error.code().message()));
  }
  phase_ = Phase::running;
  beat();
  manager_->start_polling();
}

// Any thread: posts the heartbeat to the loop.
void Runtime::beat() {
  loop_.post([this] {
    if (heartbeat_) heartbeat_->beat();
  });
}

void Runtime::refresh(std::function<void()> done) {
  if (!done) return manager_->refresh_now();
  manager_->refresh(std::move(done), control::ConfigManager::Haste::insist);
}

void Runtime::run_loop() {
  block_sigpipe();
  for (;;) {
    try {
      loop_.run();
      break;
    } catch (const std::exception& bug) {  // the handler that threw has ended; the proxy goes on
      options_.logger.error({"loop_failed", {{"error", bug.what()}}}, "the loop goes on after a bug: {}",
                            bug.what());
    }
  }
  if (access_log_) access_log_->close();
  auto_.reset();
  usage_.reset();  // waits for the disk, which the loop must not
  set_stopped();
}

void Runtime::set_stopped() {
  const std::lock_guard lock(mutex_);
  phase_ = Phase::stopped;
  changed_.notify_all();
}

std::string Runtime::url() const {
  const bool everywhere = endpoint_.address().is_unspecified();
  return "http://" + host::host_port(everywhere ? "127.0.0.1" : host(), port());
}

Secret Runtime::client_url() const {
  const std::string plain = url();
  if (options_.proxy_auth.empty()) return Secret(plain);
  const Secret userinfo = http::url_userinfo(options_.proxy_auth);
  SecretString out("http://");
  out.append(userinfo.reveal()).append("@").append(std::string_view(plain).substr(7));
  return Secret(std::move(out));
}

telemetry::Counters Runtime::traffic() const {
  const std::lock_guard lock(mutex_);
  return traffic_;
}

bool Runtime::stop_asked() const {
  const std::lock_guard lock(mutex_);
  return stop_asked_;
}

// Stops the manager under the mutex, so that wait_stopped() does not return while the poll thread still runs.
void Runtime::request_stop(std::chrono::milliseconds grace) {
  const std::lock_guard lock(mutex_);
  stop_asked_ = true;
  if (phase_ == Phase::stopped) return;
  if (phase_ == Phase::running) stop_planes(Clock::now() + std::min(grace, longest_grace));
  manager_->stop();
}

void Runtime::stop_planes(Clock::time_point end) {
  loop_.post([this, end] { stop_server(end); });
}

void Runtime::stop_server(Clock::time_point end) {
  if (!server_ || end >= end_) return;
  end_ = end;
  const auto grace = std::max(std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()),
                              std::chrono::milliseconds::zero());
  options_.logger.debug({"stopping", {{"grace_ms", grace}}}, "stopping: open connections get {} ms",
                        grace.count());
  // Posts the end, because the server must not be destroyed inside its own call.
  server_->stop(grace, [this] { loop_.post([this] { end_loop(); }); });
  if (heartbeat_) heartbeat_->beat();
}

// Destroys the server on the loop, so that cancelled tasks still complete; then the loop has no work and
// ends.
void Runtime::end_loop() {
  options_.logger.log_suppressed(Logger::Suppressed::all);
  log_stopped(options_.logger, server_->counters());
  if (!control_socket_) return end_server();
  control_socket_->stop([this] { loop_.post([this] { end_server(); }); });
}

void Runtime::end_server() {
  {
    const std::lock_guard lock(mutex_);
    traffic_ = server_->counters();
  }
  control_socket_.reset();
  heartbeat_.reset();
  live_.reset();
  if (gateway_sessions_) gateway_sessions_->finish();
  server_.reset();
  if (auto_) auto_->finish();
  usage_->finish();
  keep_running_.reset();
}

// Stops from a new thread, because the request came on the loop, which must not wait for the poll thread.
void Runtime::begin_stop() {
  if (!stopper_.joinable()) stopper_ = std::thread([this] { request_stop(grace()); });
}

void Runtime::wait_stopped() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return phase_ == Phase::stopped; });
}

}  // namespace aluvia::agent
