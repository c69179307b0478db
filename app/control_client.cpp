#include "control_client.hpp"

#include "base/number.hpp"
#include "proxy_url.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

// Time to wait for a response: longer than the proxy waits for the API.
constexpr std::chrono::seconds patience{100};

std::optional<std::uint16_t> port_of(std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  return port == 0 ? std::nullopt : port;
}

CommandError no_proxy(std::optional<std::uint16_t> port) {
  const std::string message =
      port ? fmt::format("no proxy of yours runs on port {}", *port) : "no proxy of yours is running";
  // No `next` with a port, because the user means a proxy that should run already, not one more.
  return {api_unavailable, "no_proxy", message, port ? "" : "aluvia-connect run"};
}

CommandError several_proxies(const std::vector<RunningProxy>& proxies) {
  std::string ports;
  for (const RunningProxy& proxy : proxies)
    ports += fmt::format("{}{}", ports.empty() ? "" : ", ", proxy.port);
  return {bad_usage, "several_proxies",
          fmt::format("several proxies run, on the ports {}: choose one with --port", ports),
          "repeat the command with --port and the port of the proxy that you mean"};
}

CommandError no_answer(const RunningProxy& proxy) {
  return {api_unavailable, "no_answer", "the proxy ended the connection without an answer",
          command_for(proxy, "status")};
}

CommandError untrusted(const std::string& message) {
  return {token_refused,
          "not_yours",
          message + "; remove it, or let XDG_RUNTIME_DIR or TMPDIR name a folder of your own",
          {}};
}

CommandError error_of(const net::FolderError& error, std::optional<std::uint16_t> port) {
  using Kind = net::FolderError::Kind;
  if (error.kind == Kind::absent) return no_proxy(port);
  if (error.kind == Kind::unsafe) return untrusted(error.message);
  return {api_unavailable, "no_folder", error.message, {}};
}

CommandError error_of(const net::ConnectError& error, std::uint16_t port) {
  using Kind = net::ConnectError::Kind;
  if (error.kind == Kind::absent || error.kind == Kind::dead) return no_proxy(port);
  if (error.kind == Kind::unsafe) return untrusted(error.message);
  return {api_unavailable, "no_connection", error.message, {}};
}

Result<ControlConnection, CommandError> connect_to(const RunningProxy& proxy) {
  if (!proxy.folder) {
    ControlConnection connection = ControlConnection::to_loopback(proxy.port, patience);
    if (!connection.is_open()) return Err{no_proxy(proxy.port)};
    return connection;
  }
  auto connected = proxy.folder->connect(proxy.port, patience);
  if (!connected) return Err{error_of(connected.error(), proxy.port)};
  return ControlConnection(std::move(connected->socket));
}

using Folder = std::shared_ptr<const admin::ControlFolder>;

Result<Folder, CommandError> open_folder(std::optional<std::uint16_t> port) {
  auto folder = admin::ControlFolder::open();
  if (!folder) return Err{error_of(folder.error(), port)};
  return Folder(std::make_shared<const admin::ControlFolder>(std::move(*folder)));
}

// Finds the only proxy that runs. Ignores stale sockets of killed proxies. Reports a socket of another user
// only if there is no other proxy.
Result<RunningProxy, CommandError> find_only_proxy() {
  const auto folder = open_folder({});
  if (!folder) return Err{folder.error()};
  std::vector<RunningProxy> proxies;
  CommandError error = no_proxy({});
  for (const std::uint16_t port : (*folder)->ports()) {
    const auto connected = (*folder)->connect(port, patience);
    if (connected) proxies.push_back({port, *folder});
    if (!connected && connected.error().kind == net::ConnectError::Kind::unsafe) {
      error = error_of(connected.error(), port);
    }
  }
  if (proxies.empty()) return Err{std::move(error)};
  if (proxies.size() > 1) return Err{several_proxies(proxies)};
  return std::move(proxies.front());
}

Result<RunningProxy, CommandError> find_proxy_on(std::uint16_t port) {
  const auto folder = open_folder(port);
  if (!folder) return Err{folder.error()};
  RunningProxy proxy{port, *folder};
  const auto connection = connect_to(proxy);
  if (!connection) return Err{connection.error()};
  return proxy;
}

}  // namespace

std::string command_for(const RunningProxy& proxy, std::string_view command) {
  return fmt::format("aluvia-connect {} --port {}", command, proxy.port);
}

std::optional<std::uint16_t> port_meant(std::optional<std::uint16_t> given) {
  if (given) return given;
  if (const char* const url = std::getenv("ALUVIA_PROXY_URL")) {
    const std::string_view text(url);
    if (const auto port = port_of(text.substr(text.rfind(':') + 1))) return port;
  }
  const char* const port = std::getenv("ALUVIA_PORT");
  return port ? port_of(port) : std::nullopt;
}

Result<RunningProxy, CommandError> find_proxy(std::optional<std::uint16_t> port, Need need) {
  if (!port) return find_only_proxy();
  auto found = find_proxy_on(*port);
  if (found || need == Need::control) return found;
  const bool is_unsafe = found.error().status == token_refused;
  if (is_unsafe && need != Need::probe) return found;
  if (ControlConnection::to_loopback(*port, patience).is_open()) return RunningProxy{*port, nullptr};
  return found;
}

Result<Reply, CommandError> ask(const RunningProxy& proxy, std::string_view method, std::string_view target,
                                std::string_view body, Want want) {
  const auto connection = connect_to(proxy);
  if (!connection) return Err{connection.error()};
  auto reply = connection->ask(proxy.port, method, target, body, want, patience);
  if (!reply) return Err{no_answer(proxy)};
  return std::move(*reply);
}

Result<std::string, CommandError> url_of(const RunningProxy& proxy, Credentials credentials) {
  if (!proxy.folder) return fmt::format("http://127.0.0.1:{}", proxy.port);
  const bool included = credentials == Credentials::included;
  auto reply = ask(proxy, "GET", included ? "/client-url" : "/url", {}, Want::text);
  if (!reply) return Err{std::move(reply.error())};
  const std::string_view body(reply->body);
  const std::string url(body.substr(0, body.find('\n')));
  const ExitStatus status = exit_status_of(reply->status);
  if (status != success) return Err{CommandError{status, "no_url", url, "aluvia-connect status"}};
  // The text goes into a shell or a browser's command line, so it must be a URL and nothing else.
  if (!is_proxy_url(url, proxy.port) || body.size() != url.size() + 1) {
    return Err{
        CommandError{bad_api_answer,
                     "bad_url",
                     fmt::format("cannot use the answer of the proxy on port {}: it is not the URL of a "
                                 "proxy there; stop that proxy and start it again",
                                 proxy.port),
                     {}}};
  }
  return url;
}

Variables client_variables(const RunningProxy& proxy) {
  Variables out;
  if (!proxy.folder) return out;
  const auto reply = ask(proxy, "GET", "/variables", {}, Want::text);
  if (!reply || exit_status_of(reply->status) != success) return out;  // a proxy of an older version
  for (std::string_view rest(reply->body); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    const std::string_view line = rest.substr(0, end);
    const std::string_view name = line.substr(0, line.find('='));
    // The names go into a shell unquoted.
    const bool is_name = !name.empty() && name.size() < line.size() &&
                         std::ranges::all_of(name, [](char c) { return c == '_' || (c >= 'A' && c <= 'Z'); });
    if (is_name) out.emplace_back(name, line.substr(name.size() + 1));
    rest.remove_prefix(end + 1);
  }
  return out;
}

std::optional<int> process_of(const RunningProxy& proxy) {
  if (!proxy.folder) return std::nullopt;
  const auto connected = proxy.folder->connect(proxy.port, patience);
  return connected && connected->process > 0 ? std::optional(connected->process) : std::nullopt;
}

bool wait_for_end(int process, std::chrono::milliseconds timeout) {
  const net::OwnedDescriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!handle) return errno == ESRCH;
  pollfd ended{handle.number(), POLLIN, 0};
  return ::poll(&ended, 1, static_cast<int>(timeout.count())) == 1;
}

ExitStatus exit_status_of(int http_status) noexcept {
  if (http_status >= 200 && http_status < 300) return success;
  switch (http_status) {
    case 400:
    case 404:
    case 405:
    case 413:
    case 422:
      return bad_usage;
    case 401:
    case 403:
      return token_refused;
    case 502:
      return bad_api_answer;
    default:
      return api_unavailable;
  }
}

}  // namespace aluvia::app
