#include "net/stream.hpp"

#include "base/posix.hpp"
#include "net/error.hpp"
#include "net/tls_io.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace aluvia::net {
namespace {

IoResult from_errno(loop::Want want) noexcept {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::Status::blocked, 0, want, {}};
  return {IoResult::Status::failed, 0, want, {errno, std::system_category()}};
}

IoResult allowance_spent(loop::Want want) noexcept {
  return {IoResult::Status::failed, 0, want, NetError::allowance_spent};
}

}  // namespace

// A read that filled its buffer may have left bytes, for which no second edge comes; TLS may have left some
// after a read of any size. Any other read has emptied the socket: the next byte makes an edge, and an end
// that came with the last one is remembered (Watch::over).
IoResult Stream::noted(IoResult result, std::size_t space) noexcept {
  if (count_ && result.status == IoResult::Status::moved) note_spliced(result.want, result.bytes);
  if (result.status == IoResult::Status::blocked) socket_.note(result.want, false);
  if (result.status == IoResult::Status::moved && result.want == loop::Want::read) {
    socket_.note(loop::Want::read, result.bytes == space || is_tls());
  }
  return result;
}

// The kernel takes no more from the peer than fits its receive buffer, so that little is under way when the
// allowance ends. A buffer that was set grows no more by itself, so it is set near the end only.
std::size_t Stream::ask_allowance(std::size_t wanted) noexcept {
  const WireAllowance::Grant grant = count_->allowance->grant();
  if (grant.unread > 0) {
    const int size = static_cast<int>(std::min<std::uint32_t>(grant.unread, 1U << 30));
    ::setsockopt(native_handle(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, grant.bytes));
}

IoResult Stream::try_read(std::span<char> into) noexcept {
  const std::size_t most = allowed(into.size());
  if (most == 0 && !into.empty()) [[unlikely]]
    return allowance_spent(loop::Want::read);
  into = into.first(most);
  if (ssl_) return noted(tls_read(*ssl_, into), into.size());
  const ssize_t got =
      retry_on_eintr([&] { return ::recv(native_handle(), into.data(), into.size(), MSG_DONTWAIT); });
  if (got > 0)
    return noted({IoResult::Status::moved, static_cast<std::size_t>(got), loop::Want::read, {}}, into.size());
  if (got == 0) return {IoResult::Status::ended, 0, loop::Want::read, {}};
  return noted(from_errno(loop::Want::read), 0);
}

// OpenSSL wants the same bytes again after a write that was blocked, so a TLS write is not shortened. It
// moves at most one record, 16 KiB (RFC 8446 §5.1).
IoResult Stream::try_write(std::span<const char> from) noexcept {
  const std::size_t most = allowed(from.size());
  if (most == 0 && !from.empty()) [[unlikely]]
    return allowance_spent(loop::Want::write);
  if (!ssl_) from = from.first(most);
  if (ssl_) return noted(tls_write(*ssl_, from), 0);
  const ssize_t put = retry_on_eintr(
      [&] { return ::send(native_handle(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (put >= 0)
    return noted({IoResult::Status::moved, static_cast<std::size_t>(put), loop::Want::write, {}}, 0);
  return noted(from_errno(loop::Want::write), 0);
}

IoResult Stream::try_write(std::string_view first, std::string_view second) noexcept {
  if (first.empty()) return try_write(std::span(second));
  if (ssl_ || second.empty()) return try_write(std::span(first));
  const std::size_t most = allowed(first.size() + second.size());
  if (most < first.size() + second.size()) [[unlikely]]
    return try_write(std::span(first));
  std::array<iovec, 2> pieces{
      {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}}};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  const ssize_t put =
      retry_on_eintr([&] { return ::sendmsg(native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (put >= 0)
    return noted({IoResult::Status::moved, static_cast<std::size_t>(put), loop::Want::write, {}}, 0);
  return noted(from_errno(loop::Want::write), 0);
}

void Stream::note_spliced(loop::Want want, std::size_t bytes) noexcept {
  if (!count_) return;
  want == loop::Want::read ? count_->add_read(bytes) : count_->add_written(bytes);
}

void Stream::count_unread() noexcept {
  int waiting = 0;
  if (!count_ || ssl_ || ::ioctl(native_handle(), FIONREAD, &waiting) != 0) return;
  count_->add_read(static_cast<std::uint64_t>(waiting));
}

void Stream::shutdown_send() noexcept {
  if (ssl_) tls_close_notify(*ssl_);
  ::shutdown(native_handle(), SHUT_WR);
}

void Stream::reset_on_close() noexcept {
  const linger now{1, 0};
  ::setsockopt(native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

bool Stream::is_quiet() noexcept {
  if (ssl_) return tls_is_quiet(*ssl_);
  char byte = 0;
  const ssize_t got =
      retry_on_eintr([&] { return ::recv(native_handle(), &byte, 1, MSG_DONTWAIT | MSG_PEEK); });
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool Stream::is_quiet_since(std::uint64_t asked) noexcept {
  const bool is_known = !ssl_ && reactor().asked() > asked && !socket_.has_edge(loop::Want::read);
  return is_known || is_quiet();
}

bool Stream::has_ended() noexcept {
  char byte = 0;
  const ssize_t got =
      retry_on_eintr([&] { return ::recv(native_handle(), &byte, 1, MSG_DONTWAIT | MSG_PEEK); });
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

PeerState Stream::peer_state() noexcept {
  pollfd asked{native_handle(), POLLRDHUP, 0};
  if (::poll(&asked, 1, 0) <= 0) return PeerState::open;
  if ((asked.revents & (POLLERR | POLLHUP)) != 0) return PeerState::gone;
  return (asked.revents & POLLRDHUP) != 0 ? PeerState::half_closed : PeerState::open;
}

bool Stream::was_reset() noexcept {
  pollfd asked{native_handle(), 0, 0};  // errors are reported without being asked for
  return ::poll(&asked, 1, 0) > 0 && (asked.revents & POLLERR) != 0;
}

namespace {

// Takes what has been written off the front of the two pieces.
void drop_front(std::string_view& first, std::string_view& second, std::size_t written) noexcept {
  const std::size_t of_first = std::min(written, first.size());
  first.remove_prefix(of_first);
  second.remove_prefix(written - of_first);
}

loop::Task<std::error_code> write_rest(Stream& stream, loop::Want want, std::string_view first,
                                       std::string_view second) {
  while (!first.empty() || !second.empty()) {
    const std::error_code error = co_await stream.ready(want);
    if (error) co_return error;
    IoResult put = stream.try_write(first, second);
    while (put.status == IoResult::Status::moved && put.bytes < first.size() + second.size()) {
      drop_front(first, second, put.bytes);
      put = stream.try_write(first, second);
    }
    if (put.status != IoResult::Status::blocked) co_return put.error;  // failed, or all of it is written
    want = put.want;
  }
  co_return std::error_code{};
}

}  // namespace

loop::MaybeTask<std::error_code> write_all(Stream& stream, std::string_view first, std::string_view second) {
  while (!first.empty() || !second.empty()) {
    const IoResult put = stream.try_write(first, second);
    if (put.status == IoResult::Status::failed) return put.error;
    if (put.status == IoResult::Status::blocked) return write_rest(stream, put.want, first, second);
    drop_front(first, second, put.bytes);
  }
  return std::error_code{};
}

}  // namespace aluvia::net
