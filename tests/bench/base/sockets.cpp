#include "base/sockets.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace aluvia::bench {
namespace {

constexpr int backlog = 4096;
constexpr rlim_t wanted_descriptors = 65536;

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void set_option(const Fd& socket, int level, int name) {
  const int on = 1;
  ::setsockopt(socket.get(), level, name, &on, sizeof on);
}

void require(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void prepare_process() {
  ::signal(SIGPIPE, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  rlimit higher{wanted_descriptors, wanted_descriptors};
  if (limit.rlim_max >= wanted_descriptors || ::setrlimit(RLIMIT_NOFILE, &higher) != 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

std::optional<sockaddr_in> parse_address(std::string_view text) {
  if (text.starts_with("http://")) text.remove_prefix(7);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string host(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return std::nullopt;
  return address;
}

sockaddr_in loopback_address(std::uint16_t port, std::uint32_t number) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + number);
  return address;
}

Fd listen_at(const sockaddr_in& address) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  require(static_cast<bool>(socket), "socket");
  set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  require(::bind(socket.get(), generic(address), sizeof address) == 0, "bind");
  require(::listen(socket.get(), backlog) == 0, "listen");
  return socket;
}

Fd listen_on_loopback(std::uint16_t port, std::uint32_t number) {
  return listen_at(loopback_address(port, number));
}

std::vector<Fd> listen_everywhere() {
  std::vector<Fd> listeners;
  listeners.push_back(listen_on_loopback(0));
  const std::uint16_t port = local_port(listeners.front());
  for (std::uint32_t number = 2; number <= most_loopback_addresses; ++number) {
    listeners.push_back(listen_on_loopback(port, number));
  }
  return listeners;
}

sockaddr_in local_address(const Fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

std::uint16_t local_port(const Fd& socket) {
  return ntohs(local_address(socket).sin_port);
}

Fd start_connect(const sockaddr_in& address) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return socket;
  set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  if (::connect(socket.get(), generic(address), sizeof address) != 0 && errno != EINPROGRESS) return Fd();
  return socket;
}

int connect_error(const Fd& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

Fd accept_connection(const Fd& listener) {
  Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket) set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  return socket;
}

}  // namespace aluvia::bench
