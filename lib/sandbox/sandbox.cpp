// Owns all parts of the sandbox, and starts and stops them in order.
#include "sandbox/sandbox.hpp"

#include "sandbox/api_server.hpp"
#include "sandbox/ca_file.hpp"
#include "sandbox/certificate_authority.hpp"
#include "sandbox/digest.hpp"
#include "sandbox/dns_server.hpp"
#include "sandbox/gateway.hpp"
#include "sandbox/origin.hpp"
#include "sandbox/serving.hpp"
#include "sandbox/task_set.hpp"
#include "sandbox/tls_context.hpp"

#include <exception>
#include <future>
#include <thread>
#include <type_traits>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

namespace aluvia::sandbox {
namespace {

// Blocks all signals: SIGPIPE because OpenSSL writes without MSG_NOSIGNAL, the others because the main thread
// handles them.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

/// The parts of a running sandbox. The constructor throws std::system_error.
class Sandbox::Running {
 public:
  explicit Running(const SandboxOptions& options);
  ~Running();

  /// Runs `work` on the loop and returns its result.
  template <class Work>
  auto on_loop(Work work) -> std::invoke_result_t<Work&> {
    using Task = std::packaged_task<std::invoke_result_t<Work&>()>;
    auto task =
        std::make_shared<Task>(std::move(work));  // the loop may still be in it when the caller goes on
    auto done = task->get_future();
    asio::post(context, [task] { (*task)(); });
    return done.get();
  }

  asio::io_context context{1};
  RecordBook book;
  TaskSet tasks{context};
  std::string token;
  CertificateAuthority authority;
  CaFile ca_file;
  TlsContext service_tls;
  TlsContext origin_tls;
  UserState user;
  RouteRegistry registry;
  FaultSwitch api_faults;
  FaultSwitch gateway_faults;
  Listener api_listener, api_tls_listener;
  Listener gateway_listener, gateway_tls_listener;
  Listener origin_listener, origin_tls_listener;
  DnsServer dns;
  Ports ports;
  ApiServer api;
  Gateway gateway;
  Origin origin;

 private:
  void serve_all();

  std::thread thread_;
};

Sandbox::Running::Running(const SandboxOptions& options)
    : token(options.token.empty() ? "sandbox-" + random_text(24) : options.token),
      ca_file(options.ca_file, authority.pem()),
      service_tls(make_service_tls(authority)),
      origin_tls(make_origin_tls(authority)),
      user(options.rules),
      api_listener(context, options.ports.api, nullptr),
      api_tls_listener(context, options.ports.api_tls, service_tls.get()),
      gateway_listener(context, options.ports.gateway, nullptr),
      gateway_tls_listener(context, options.ports.gateway_tls, service_tls.get()),
      origin_listener(context, options.ports.origin, nullptr),
      origin_tls_listener(context, options.ports.origin_tls, origin_tls.get()),
      dns(context, options.ports.dns, book, tasks),
      ports{api_listener.port(),
            api_tls_listener.port(),
            gateway_listener.port(),
            gateway_tls_listener.port(),
            origin_listener.port(),
            origin_tls_listener.port(),
            dns.port()},
      api(token, user, book, api_faults, gateway_faults),
      gateway(context, GatewayRoutes{options.online, ports.origin, ports.origin_tls}, user, book, registry,
              gateway_faults),
      origin(book, registry, options.has_pages) {
  serve_all();
  thread_ = std::thread([this] {
    block_signals();
    context.run();
  });
}

void Sandbox::Running::serve_all() {
  const auto serve_api = [this](Wire& wire) { return api.serve(wire); };
  const auto serve_gateway = [this](Wire& wire) { return gateway.serve(wire); };
  api_listener.start(tasks, serve_api);
  api_tls_listener.start(tasks, serve_api);
  gateway_listener.start(tasks, serve_gateway);
  gateway_tls_listener.start(tasks, serve_gateway);
  origin_listener.start(tasks, [this](Wire& wire) { return origin.serve(wire, Scheme::http); });
  origin_tls_listener.start(tasks, [this](Wire& wire) { return origin.serve(wire, Scheme::https); });
  dns.start();
}

// The loop runs out of work when the last cancelled task has closed what it owned.
Sandbox::Running::~Running() {
  asio::post(context, [this] { tasks.stop(); });
  thread_.join();
}

Sandbox::Sandbox(SandboxOptions options) : options_(std::move(options)) {}
Sandbox::~Sandbox() = default;

Result<void, std::string> Sandbox::start() {
  try {
    running_ = std::make_unique<Running>(options_);
  } catch (const std::exception& failure) {
    return Err{fmt::format("the sandbox cannot start: {}", failure.what())};
  }
  return {};
}

const Ports& Sandbox::ports() const noexcept {
  return running_->ports;
}
const std::string& Sandbox::token() const noexcept {
  return running_->token;
}
const std::filesystem::path& Sandbox::ca_file() const noexcept {
  return running_->ca_file.path();
}
const std::string& Sandbox::ca_pem() const noexcept {
  return running_->authority.pem();
}

std::string Sandbox::key_pin() const {
  return running_->authority.key_pin();
}
std::string Sandbox::api_url() const {
  return fmt::format("http://127.0.0.1:{}", ports().api);
}
std::string Sandbox::api_tls_url() const {
  return fmt::format("https://127.0.0.1:{}", ports().api_tls);
}

Result<void, std::string> Sandbox::set_user(std::string_view json) {
  return running_->on_loop([&] { return running_->user.put(json); });
}

void Sandbox::set_rules(std::vector<std::string> rules) {
  running_->on_loop([&] { running_->user.set_rules(rules); });
}

std::string Sandbox::gateway_authorization() const {
  return running_->on_loop([&] { return running_->user.authorization(); });
}

void Sandbox::set_api_fault(std::optional<Fault> fault) {
  running_->on_loop([&] { running_->api_faults.set(std::move(fault)); });
}

void Sandbox::set_gateway_fault(std::optional<Fault> fault) {
  running_->on_loop([&] { running_->gateway_faults.set(std::move(fault)); });
}

void Sandbox::set_dns(std::string_view name, DnsAnswer answer) {
  running_->on_loop([&] { running_->dns.set(name, std::move(answer)); });
}

Record Sandbox::record() const {
  return running_->book.copy();
}

void Sandbox::clear_requests() {
  running_->book.change([](Record& record) { record = Record(); });
}

bool Sandbox::wait_for(const std::function<bool(const Record&)>& holds,
                       std::chrono::milliseconds timeout) const {
  return running_->book.wait_for(holds, timeout);
}

}  // namespace aluvia::sandbox
