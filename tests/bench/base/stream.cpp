#include "base/stream.hpp"

#include <cerrno>

#include <poll.h>
#include <sys/socket.h>

namespace aluvia::bench {
namespace {

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

Stream::Stream(Loop& loop, Fd socket)
    : loop_(loop), fd_(std::move(socket)), registration_(fd_ ? loop.add(fd_) : nullptr) {}

Stream::Stream(Stream&& other) noexcept
    : loop_(other.loop_),
      fd_(std::move(other.fd_)),
      registration_(std::exchange(other.registration_, nullptr)) {}

Stream::~Stream() {
  if (registration_ != nullptr) loop_.retire(registration_);
}

Stream::Receive Stream::receive(std::span<char> buffer) {
  return {*this, buffer.data(), buffer.size(), 0};
}

Stream::Receive Stream::discard(std::size_t limit) {
  return {*this, nullptr, limit, MSG_TRUNC};
}

Stream::SendAll Stream::send_all(std::string_view bytes) {
  return {*this, bytes};
}

Stream::Connected Stream::connected() {
  return Connected(*this);
}

void Stream::finish_sending() {
  ::shutdown(fd_.get(), SHUT_WR);
}

bool Stream::Receive::attempt() {
  result_ = ::recv(stream_.fd_.get(), data_, size_, flags_);
  if (result_ >= 0) return true;
  result_ = -errno;
  return !would_block(errno);
}

void Stream::Receive::await_suspend(std::coroutine_handle<> handle) {
  caller = handle;
  stream_.wait_as_reader(*this);
}

bool Stream::SendAll::attempt() {
  while (!bytes_.empty()) {
    const ssize_t sent = ::send(stream_.fd_.get(), bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
    if (sent < 0) return !would_block(errno);
    bytes_.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Stream::SendAll::await_suspend(std::coroutine_handle<> handle) {
  caller = handle;
  stream_.wait_as_writer(*this);
}

// Readiness may tell of something older than the connect; only a socket that is writable now is connected or
// failed.
bool Stream::Connected::attempt() {
  pollfd state{stream_.fd_.get(), POLLOUT, 0};
  if (::poll(&state, 1, 0) <= 0) return false;
  good_ = connect_error(stream_.fd_) == 0;
  return true;
}

void Stream::Connected::await_suspend(std::coroutine_handle<> handle) {
  caller = handle;
  stream_.wait_as_writer(*this);
}

bool Accept::attempt() {
  accepted_ = accept_connection(listener_);
  return static_cast<bool>(accepted_);
}

void Accept::await_suspend(std::coroutine_handle<> handle) {
  caller = handle;
  registration_.reader = this;
}

}  // namespace aluvia::bench
