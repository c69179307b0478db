#include "net/listener.hpp"

#include "net/keep_alive.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

constexpr int backlog = 4096;                           // the kernel caps it at net.core.somaxconn
constexpr int accepts_per_turn = 16;                    // then the loop's other work has its turn
constexpr std::chrono::milliseconds trouble_pause{50};  // until descriptors or kernel memory are free again

std::error_code last_error() noexcept {
  return {errno, std::system_category()};
}

int option_of(int descriptor, int name) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

// Accepted sockets inherit these, which saves calls for every connection.
void prepare(int descriptor) noexcept {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  keep_alive(descriptor);
}

// Returns a non-blocking socket that is bound and does not listen yet.
Result<int> bound_socket(const Address& address, std::uint16_t port) {
  const Endpoint endpoint(address, port);
  const int descriptor =
      ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return Err{last_error()};
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // "::" is all addresses, those of IPv4 too, whatever the machine's default is.
  const int off = 0;
  if (address.is_v6()) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0) return descriptor;
  const std::error_code error = last_error();
  ::close(descriptor);
  return Err{error};
}

int accept_from(int listening) noexcept {
  return ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

}  // namespace

Result<Endpoint> listening_endpoint(int descriptor) {
  const bool is_meant = option_of(descriptor, SO_ACCEPTCONN) == 1 &&
                        option_of(descriptor, SO_TYPE) == SOCK_STREAM &&
                        option_of(descriptor, SO_PROTOCOL) == IPPROTO_TCP;
  Endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (!is_meant) return Err{std::make_error_code(std::errc::not_a_stream)};
  if (::getsockname(descriptor, endpoint.data(), &size) != 0) return Err{last_error()};
  endpoint.resize(size);
  return endpoint;
}

std::error_code bind_error(const Address& address, std::uint16_t port) {
  const auto descriptor = bound_socket(address, port);
  if (!descriptor) return descriptor.error();
  ::close(*descriptor);
  return {};
}

Result<std::unique_ptr<Listener>> Listener::open(loop::Loop& loop, const Address& address,
                                                 std::uint16_t port) {
  const auto descriptor = bound_socket(address, port);
  if (!descriptor) return Err{descriptor.error()};
  prepare(*descriptor);
  if (::listen(*descriptor, backlog) != 0) {
    const std::error_code error = last_error();
    ::close(*descriptor);
    return Err{error};
  }
  return own(loop, *descriptor);
}

Result<std::unique_ptr<Listener>> Listener::adopt(loop::Loop& loop, int descriptor) {
  const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return Err{last_error()};
  Socket socket(loop.get_executor(), own);
  const int flags = ::fcntl(own, F_GETFL);
  if (flags < 0 || ::fcntl(own, F_SETFL, flags | O_NONBLOCK) != 0) return Err{last_error()};
  prepare(own);
  std::unique_ptr<Listener> listener(new Listener(std::move(socket)));
  listener->is_adopted_ = true;
  return listener;
}

std::unique_ptr<Listener> Listener::own(loop::Loop& loop, int descriptor) {
  return std::unique_ptr<Listener>(new Listener(Socket(loop.get_executor(), descriptor)));
}

Listener::Listener(Socket socket) : socket_(std::move(socket)) {}

Endpoint Listener::local_endpoint() const {
  Endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (socket_ && ::getsockname(socket_->native_handle(), endpoint.data(), &size) == 0) endpoint.resize(size);
  return endpoint;
}

void Listener::start(Calls calls) {
  calls_ = std::move(calls);
  if (socket_) socket_->wait(loop::Want::read, *this);
}

void Listener::finish() {
  const bool is_last = calls_.accepted && !is_adopted_;
  for (int i = 0; is_last && socket_ && i < backlog; ++i) {
    if (!accept_one() && errno != ECONNABORTED) break;
  }
  close();
}

void Listener::close() {
  withdraw();
  if (socket_) socket_->reactor().leave(socket_->native_handle());  // an adopted one has other holders
  socket_.reset();
  pause_.reset();
}

void Listener::on_event(std::error_code error) {
  if (!error) accept_some();
}

// An edge comes once for several connections: those beyond a turn are accepted in the next.
void Listener::accept_some() {
  for (int i = 0; i < accepts_per_turn && socket_; ++i) {
    if (accept_one()) continue;
    if (tells_lack_of_descriptors(errno) && calls_.refused && refuse_one()) continue;
    if (!socket_) return;  // closed by a call
    if (errno == EAGAIN || errno == EWOULDBLOCK) return socket_->wait(loop::Want::read, *this);
    if (tells_lack_of_descriptors(errno) || errno == ENOBUFS || errno == ENOMEM) return pause();
    // ECONNABORTED and the like concern one connection, which is gone: the next may be fine.
  }
  if (socket_) socket_->reactor().yield(*this);
}

bool Listener::accept_one() {
  const int descriptor = accept_from(socket_->native_handle());
  if (descriptor < 0) return false;
  in_trouble_ = false;
  if (is_adopted_) prepare(descriptor);  // it may have come before its options did
  calls_.accepted(Socket(socket_->get_executor(), descriptor));
  return true;
}

// accept(2) takes its descriptor before it looks at the queue: only the second call tells that the queue is
// empty. False leaves the errno of that call.
bool Listener::refuse_one() {
  tell_trouble(errno);
  if (!socket_) return false;
  reserve_.release();
  const int descriptor = accept_from(socket_->native_handle());
  if (descriptor >= 0) calls_.refused(Socket(socket_->get_executor(), descriptor));
  reserve_.refill();
  return descriptor >= 0;
}

void Listener::tell_trouble(int error) {
  const bool is_new = !std::exchange(in_trouble_, true);
  if (is_new && calls_.trouble) calls_.trouble({error, std::system_category()});
}

void Listener::pause() {
  tell_trouble(errno);
  if (!socket_) return;  // closed by the call
  if (!pause_) pause_.emplace(socket_->get_executor(), [this] { accept_some(); });
  pause_->set_after(trouble_pause);
}

}  // namespace aluvia::net
