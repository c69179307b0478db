#include "control_client.hpp"

#include "admin/socket_path.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr int answer_seconds = 100;
constexpr std::size_t most_answer = 64 * 1024 * 1024;

class Connection {
 public:
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  Connection(Connection&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  int descriptor() const noexcept { return descriptor_; }
  bool is_open() const noexcept { return descriptor_ >= 0; }
  bool send(std::string_view text) const;
  std::string read_to_end() const;

 private:
  int descriptor_;
};

bool Connection::send(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string Connection::read_to_end() const {
  std::string out;
  char piece[16 * 1024];
  while (out.size() < most_answer) {
    const ssize_t got = ::recv(descriptor_, piece, sizeof piece, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    out.append(piece, static_cast<std::size_t>(got));
  }
  return out;
}

template <class Address>
Connection connect_to(int family, const Address& address) {
  Connection out(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!out.is_open()) return out;
  const timeval patience{answer_seconds, 0};
  ::setsockopt(out.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(out.descriptor(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(out.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return out;
  return Connection(-1);
}

Connection connect_to(const RunningProxy& proxy) {
  if (proxy.socket.empty()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(proxy.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect_to(AF_INET, address);
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (proxy.socket.size() >= sizeof address.sun_path) return Connection(-1);
  std::memcpy(address.sun_path, proxy.socket.c_str(), proxy.socket.size());
  return connect_to(AF_UNIX, address);
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && port != 0 ? std::optional(port) : std::nullopt;
}

// Sockets that somebody answers on; those of proxies that were killed stay behind and do not count.
std::vector<RunningProxy> running_proxies() {
  std::vector<RunningProxy> out;
  std::set<std::uint16_t> known;
  for (const std::string& folder : admin::socket_folders()) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      const auto port = port_of(entry.path().stem().string());
      if (!port || entry.path().extension() != ".sock" || known.contains(*port)) continue;
      RunningProxy proxy{*port, entry.path().string()};
      if (!connect_to(proxy).is_open()) continue;
      known.insert(*port);
      out.push_back(std::move(proxy));
    }
  }
  return out;
}

CommandError nobody_runs(std::optional<std::uint16_t> port) {
  const std::string message =
      port ? fmt::format("no proxy of yours runs on port {}", *port) : "no proxy of yours is running";
  return {api_unavailable, "no_proxy", message, "aluvia-connect run"};
}

CommandError several_run(std::vector<RunningProxy> proxies) {
  std::ranges::sort(proxies, {}, &RunningProxy::port);
  std::string ports;
  for (const RunningProxy& proxy : proxies)
    ports += fmt::format("{}{}", ports.empty() ? "" : ", ", proxy.port);
  return {bad_usage, "several_proxies",
          fmt::format("several proxies run, on the ports {}: choose one with --port", ports),
          fmt::format("give --port {}", proxies.front().port)};
}

CommandError no_answer() {
  return {api_unavailable, "no_answer", "the proxy ended the connection without an answer",
          "aluvia-connect status"};
}

}  // namespace

std::optional<std::uint16_t> port_meant(std::optional<std::uint16_t> given) {
  if (given) return given;
  if (const char* const url = std::getenv("ALUVIA_PROXY_URL")) {
    const std::string_view text(url);
    if (const auto port = port_of(text.substr(text.rfind(':') + 1))) return port;
  }
  const char* const port = std::getenv("ALUVIA_PORT");
  return port ? port_of(port) : std::nullopt;
}

Result<RunningProxy, CommandError> find_proxy(std::optional<std::uint16_t> port, bool probe_only) {
  if (!port) {
    auto proxies = running_proxies();
    if (proxies.empty()) return Err{nobody_runs(port)};
    if (proxies.size() > 1) return Err{several_run(std::move(proxies))};
    return std::move(proxies.front());
  }
  for (const std::string& folder : admin::socket_folders()) {
    RunningProxy proxy{*port, admin::socket_path(folder, *port)};
    if (connect_to(proxy).is_open()) return proxy;
  }
  const RunningProxy without_socket{*port, {}};
  if (probe_only && connect_to(without_socket).is_open()) return without_socket;
  return Err{nobody_runs(port)};
}

Result<Reply, CommandError> ask(const RunningProxy& proxy, std::string_view method, std::string_view target,
                                std::string_view body, Want want) {
  const Connection connection = connect_to(proxy);
  if (!connection.is_open()) return Err{nobody_runs(proxy.port)};
  const std::string head =
      fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept: {}\r\nContent-Length: {}\r\n\r\n", method,
                  target, proxy.port, want == Want::json ? "application/json" : "text/plain", body.size());
  // A refusal may come before all is sent: what was answered counts.
  (void)(connection.send(head) && connection.send(body));
  const std::string answer = connection.read_to_end();
  const auto end = answer.find("\r\n\r\n");
  Reply reply;
  if (end == std::string::npos || !answer.starts_with("HTTP/1.1 ") ||
      std::from_chars(answer.data() + 9, answer.data() + 12, reply.status).ec != std::errc{}) {
    return Err{no_answer()};
  }
  reply.body = answer.substr(end + 4);
  return reply;
}

std::optional<int> process_of(const RunningProxy& proxy) {
  const Connection connection = connect_to(proxy);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (!connection.is_open() || proxy.socket.empty()) return std::nullopt;
  if (::getsockopt(connection.descriptor(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.pid > 0 ? std::optional(peer.pid) : std::nullopt;
}

bool wait_for_end(int process, int seconds) {
  const Connection handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!handle.is_open()) return errno == ESRCH;
  pollfd ended{handle.descriptor(), POLLIN, 0};
  return ::poll(&ended, 1, seconds * 1000) == 1;
}

ExitStatus exit_status_of(int http_status) noexcept {
  if (http_status >= 200 && http_status < 300) return stopped_as_asked;
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
