#include "api/misbehaving_api.hpp"

#include <array>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::api::testing {
namespace {

struct Bound {
  int socket = -1;
  std::uint16_t port = 0;
};

template <class Address>
Bound listen_on(Address address, int backlog) {
  const int socket =
      ::socket(reinterpret_cast<const sockaddr*>(&address)->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t size = sizeof address;
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(socket, backlog) != 0) {
    close(socket);
    return {};
  }
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  if constexpr (std::is_same_v<Address, sockaddr_in6>) {
    return {socket, ntohs(address.sin6_port)};
  } else {
    return {socket, ntohs(address.sin_port)};
  }
}

Bound listen_on_loopback(int backlog) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return listen_on(address, backlog);
}

Bound listen_on_ipv6_loopback(int backlog) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return listen_on(address, backlog);
}

// Of a client that writes the field in one way only.
std::size_t content_length(const std::string& head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  const auto at = head.find(name);
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + name.size()));
}

}  // namespace

std::optional<std::string> MisbehavingApi::Peer::read_request() {
  std::array<char, 4096> buffer;
  for (;;) {
    const auto end = received_.find("\r\n\r\n");
    const std::size_t size = end == std::string::npos ? 0 : end + 4 + content_length(received_);
    if (end != std::string::npos && received_.size() >= size) {
      std::string head = received_.substr(0, size);
      received_.erase(0, size);
      const std::lock_guard lock(server_.mutex_);
      server_.requests_.push_back(head);
      return head;
    }
    const ssize_t n = recv(socket_, buffer.data(), buffer.size(), 0);
    if (n <= 0) return std::nullopt;
    received_.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

bool MisbehavingApi::Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void MisbehavingApi::Peer::wait_for_close() {
  std::array<char, 4096> buffer;
  while (recv(socket_, buffer.data(), buffer.size(), 0) > 0) {
  }
}

MisbehavingApi::MisbehavingApi(Script script, const std::string& host) : script_(std::move(script)) {
  const Bound bound = host == "::1" ? listen_on_ipv6_loopback(64) : listen_on_loopback(64);
  listener_ = bound.socket;
  port_ = bound.port;
  if (listening()) acceptor_ = std::thread([this] { accept_all(); });
}

MisbehavingApi::~MisbehavingApi() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  if (acceptor_.joinable()) acceptor_.join();
  for (auto& peer : peers_) peer.join();
  for (const int socket : sockets_) close(socket);
  close(listener_);
}

int MisbehavingApi::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(sockets_.size());
}

std::vector<std::string> MisbehavingApi::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void MisbehavingApi::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    if (closing_) {
      close(socket);
      return;
    }
    const int index = static_cast<int>(sockets_.size());
    sockets_.push_back(socket);
    peers_.emplace_back([this, socket, index] {
      Peer peer(*this, socket, index);
      script_(peer);
      shutdown(socket, SHUT_RDWR);
    });
  }
}

std::string response(std::string_view status, std::string_view fields, std::string_view body) {
  std::string text = "HTTP/1.1 ";
  text += status;
  text += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  text += fields;
  text += "\r\n";
  text += body;
  return text;
}

MisbehavingApi::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](MisbehavingApi::Peer& peer) {
    while (peer.read_request()) peer.send(bytes);
  };
}

FullBacklog::FullBacklog() {
  const Bound bound = listen_on_loopback(0);
  sockets_.push_back(bound.socket);
  port_ = bound.port;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  // The queue holds one more than the backlog says; a connection that is not made at once found it full.
  for (int i = 0; i < 8; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    sockets_.push_back(socket);
    pollfd entry{socket, POLLOUT, 0};
    if (poll(&entry, 1, 20) == 0) return;
  }
}

FullBacklog::~FullBacklog() {
  for (const int socket : sockets_) close(socket);
}

}  // namespace aluvia::api::testing
