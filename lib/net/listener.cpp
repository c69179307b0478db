#include "net/listener.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

constexpr int backlog = 4096;                           // the kernel caps it at net.core.somaxconn
constexpr int accepts_per_turn = 16;                    // then everybody else gets the loop
constexpr std::chrono::milliseconds trouble_pause{50};  // EMFILE and ENFILE pass when connections end

// Asio's category is one of its own, whose codes equal no std::errc.
std::error_code as_system(const std::error_code& error) noexcept {
  return {error.value(), std::system_category()};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const Address& address, std::uint16_t port) {
  const Endpoint endpoint(address, port);
  Acceptor acceptor(loop.get_executor());
  std::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (error) return Err{as_system(error)};
  ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  acceptor.set_option(Acceptor::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  if (error) return Err{as_system(error)};
  acceptor.listen(backlog, error);
  if (error) return Err{as_system(error)};
  acceptor.native_non_blocking(true, error);
  if (error) return Err{as_system(error)};
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor), endpoint.protocol()));
}

Listener::Listener(Acceptor acceptor, Tcp protocol)
    : acceptor_(std::move(acceptor)), protocol_(protocol), pause_(acceptor_.get_executor()) {}

Endpoint Listener::local_endpoint() const {
  std::error_code error;
  return acceptor_.local_endpoint(error);
}

void Listener::start(OnAccept on_accept, OnTrouble on_trouble) {
  on_accept_ = std::move(on_accept);
  on_trouble_ = std::move(on_trouble);
  wait();
}

void Listener::close() {
  std::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

// A handler that is queued already can no longer be cancelled: it asks whether the listener is still there.
void Listener::wait() {
  acceptor_.async_wait(Acceptor::wait_read, [this, life = std::weak_ptr(life_)](std::error_code error) {
    if (!error && !life.expired()) accept_all();
  });
}

void Listener::accept_all() {
  for (int i = 0; i < accepts_per_turn && acceptor_.is_open(); ++i) {
    if (accept_one()) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return pause();
    // ECONNABORTED and its like belong to the connection that is gone: the next may be fine.
  }
  if (acceptor_.is_open()) wait();
}

bool Listener::accept_one() {
  const int descriptor = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return false;
  in_trouble_ = false;
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Socket socket(acceptor_.get_executor());
  std::error_code error;
  socket.assign(protocol_, descriptor, error);
  if (error) {
    ::close(descriptor);
  } else {
    on_accept_(std::move(socket));
  }
  return true;
}

void Listener::pause() {
  if (!in_trouble_ && on_trouble_) on_trouble_({errno, std::system_category()});
  in_trouble_ = true;
  pause_.expires_after(trouble_pause);
  pause_.async_wait([this, life = std::weak_ptr(life_)](std::error_code error) {
    if (!error && !life.expired()) accept_all();
  });
}

}  // namespace aluvia::net
