#include "peer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <utility>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::test {
namespace {

// It only ends tests that have failed already. On a machine with a load of 20 the thread of a proxy has
// waited 20 s for a processor.
constexpr timeval guard{60, 0};
constexpr int guard_ms = 60'000;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int make_socket(int kind = 0) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | kind, 0);
  REQUIRE(descriptor >= 0);
  return descriptor;
}

void bound_receiving(int descriptor, int bytes) {
  if (bytes != 0) ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void guard_socket(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &guard, sizeof guard);
}

// Both ends of a loopback connection know the same two addresses, crosswise.
bool is_other_end(int descriptor, const sockaddr_in& ours, const sockaddr_in& theirs) {
  sockaddr_in local{};
  sockaddr_in remote{};
  socklen_t size = sizeof local;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &size) != 0) return false;
  size = sizeof remote;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&remote), &size) != 0) return false;
  return local.sin_family == AF_INET && local.sin_port == theirs.sin_port && remote.sin_port == ours.sin_port;
}

std::vector<int> open_descriptors() {
  std::vector<int> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    out.push_back(std::stoi(entry.path().filename()));
  }
  return out;
}

const sockaddr* as_address(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

std::string Message::field(std::string_view name) const {
  const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Peer::Peer(Peer&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}

Peer& Peer::operator=(Peer&& other) noexcept {
  closes();
  descriptor_ = std::exchange(other.descriptor_, -1);
  received_ = std::move(other.received_);
  return *this;
}

void Peer::sends(std::string_view bytes) {
  INFO("sending " << bytes.substr(0, 200));
  REQUIRE(could_send(bytes));
}

bool Peer::could_send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

std::size_t Peer::stuffs(std::string_view bytes) {
  std::size_t total = 0;
  while (total < bytes.size()) {
    const ssize_t put =
        ::send(descriptor_, bytes.data() + total, bytes.size() - total, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put <= 0) break;
    total += static_cast<std::size_t>(put);
  }
  return total;
}

std::uint64_t Peer::acknowledged() const {
  // tcpi_bytes_acked of <linux/tcp.h>, which cannot be included beside <netinet/tcp.h>.
  constexpr std::size_t place = 120;
  std::array<char, 256> info{};
  socklen_t size = info.size();
  REQUIRE(::getsockopt(descriptor_, IPPROTO_TCP, TCP_INFO, info.data(), &size) == 0);
  std::uint64_t bytes = 0;
  REQUIRE(size >= place + sizeof bytes);
  std::memcpy(&bytes, info.data() + place, sizeof bytes);
  return bytes;
}

std::size_t Peer::drains() {
  static thread_local std::array<char, 64 * 1024> buffer;
  std::size_t total = 0;
  for (;;) {
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return total;
    total += static_cast<std::size_t>(got);
  }
}

std::size_t Peer::unsent() const {
  int waiting = 0;
  REQUIRE(::ioctl(descriptor_, TIOCOUTQ, &waiting) == 0);
  return static_cast<std::size_t>(waiting);
}

int Peer::other_end() const {
  sockaddr_in ours{};
  sockaddr_in theirs{};
  socklen_t size = sizeof ours;
  REQUIRE(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&ours), &size) == 0);
  REQUIRE(::getpeername(descriptor_, reinterpret_cast<sockaddr*>(&theirs), &size) == 0);
  const std::vector<int> all = open_descriptors();
  const auto other = std::ranges::find_if(all, [&](int one) { return is_other_end(one, ours, theirs); });
  REQUIRE(other != all.end());
  return *other;
}

bool Peer::has_been_read() {
  int in_flight = 0;
  int unread = 0;
  REQUIRE(::ioctl(descriptor_, SIOCOUTQ, &in_flight) == 0);
  REQUIRE(::ioctl(other_end(), FIONREAD, &unread) == 0);
  return in_flight == 0 && unread == 0;
}

void Peer::is_crowded() {
  const int other = other_end();
  const std::string block(65'536, '.');
  for (std::size_t piece = block.size(); piece > 0;) {
    if (::send(other, block.data(), piece, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) piece /= 2;
  }
  // Memory that late acknowledgements free, or that the kernel adds, then never suffices for another byte.
  const int smallest = 1;
  REQUIRE(::setsockopt(other, SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest) == 0);
}

void Peer::ends_sending() {
  ::shutdown(descriptor_, SHUT_WR);
}

void Peer::closes() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void Peer::resets() {
  const linger now{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  closes();
}

bool Peer::fill() {
  std::array<char, 64 * 1024> buffer;
  const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (got > 0) received_.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string Peer::reads(std::size_t count) {
  while (received_.size() < count) {
    if (fill()) continue;
    INFO("received so far: " << received_.substr(0, 2000));
    FAIL("the connection ended, or was silent, before " << count << " bytes had come");
  }
  std::string bytes = received_.substr(0, count);
  received_.erase(0, count);
  received_.shrink_to_fit();  // memory_test measures the heap that we share
  return bytes;
}

void Peer::receives(std::string_view expected) {
  CHECK(reads(expected.size()) == expected);
}

std::string Peer::reads_head() {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (fill()) continue;
    INFO("received so far: " << received_.substr(0, 2000));
    FAIL("the connection ended, or was silent, before a head had come");
  }
  return reads(end + 4);
}

Message Peer::reads_message() {
  Message message;
  message.head = reads_head();
  if (message.head.starts_with("HTTP/1.1 ")) message.status = std::stoi(message.head.substr(9, 3));
  const std::string length = message.field("Content-Length");
  if (!length.empty()) message.body = reads(std::stoul(length));
  return message;
}

Ending Peer::read_to_end() {
  errno = 0;  // an orderly end leaves what was there
  while (fill()) {
  }
  return {std::exchange(received_, {}), errno == ECONNRESET};
}

void Peer::sees_end() {
  errno = 0;
  const Ending ending = read_to_end();
  const int how = errno;
  CHECK(ending.bytes == "");
  CHECK_FALSE(ending.reset);
  CHECK(how == 0);
}

void Peer::sees_reset() {
  errno = 0;
  CHECK(read_to_end().reset);
}

bool Peer::has_nothing_to_read() {
  char byte = 0;
  return received_.empty() && ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

Peer connect_to(std::uint16_t port, int receive_buffer) {
  const int descriptor = make_socket();
  bound_receiving(descriptor, receive_buffer);
  guard_socket(descriptor);
  const sockaddr_in address = loopback(port);
  const int connected = ::connect(descriptor, as_address(address), sizeof address);
  if (connected != 0) ::close(descriptor);
  REQUIRE(connected == 0);
  return Peer(descriptor);
}

bool refuses(std::uint16_t port) {
  const int descriptor = make_socket();
  const sockaddr_in address = loopback(port);
  const bool refused =
      ::connect(descriptor, as_address(address), sizeof address) != 0 && errno == ECONNREFUSED;
  ::close(descriptor);
  return refused;
}

FakeServer::FakeServer(int backlog, int receive_buffer) : descriptor_(make_socket(SOCK_NONBLOCK)) {
  bound_receiving(descriptor_, receive_buffer);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(::bind(descriptor_, as_address(address), size) == 0);
  REQUIRE(::listen(descriptor_, backlog) == 0);
  REQUIRE(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
}

Peer FakeServer::accepts() {
  pollfd waiting{descriptor_, POLLIN, 0};
  if (::poll(&waiting, 1, guard_ms) != 1) FAIL("no connection came");
  const int descriptor = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
  REQUIRE(descriptor >= 0);
  guard_socket(descriptor);
  return Peer(descriptor);
}

bool FakeServer::has_no_connection() {
  pollfd waiting{descriptor_, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 0;
}

void FakeServer::closes() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

FullServer::FullServer() : waiting_(fill(server_.port())) {}

// Linux queues one more than the backlog says; what comes then is dropped, and tried again a second later.
std::vector<Peer> FullServer::fill(std::uint16_t port) {
  std::vector<Peer> waiting;
  const sockaddr_in address = loopback(port);
  for (;;) {
    const int descriptor = make_socket(SOCK_NONBLOCK);
    waiting.emplace_back(descriptor);
    ::connect(descriptor, as_address(address), sizeof address);
    pollfd connected{descriptor, POLLOUT, 0};
    if (::poll(&connected, 1, 0) == 0) return waiting;
  }
}

std::size_t open_sockets() {
  const std::vector<int> all = open_descriptors();
  return static_cast<std::size_t>(std::ranges::count_if(all, [](int descriptor) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
  }));
}

std::string numbered(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>((i / 4) >> (8 * (i % 4)));
  return bytes;
}

}  // namespace aluvia::test
