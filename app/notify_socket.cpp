#include "notify_socket.hpp"

#include "base/posix.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/time.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

std::error_code last_error() noexcept {
  return {errno, std::generic_category()};
}

}  // namespace

NotifySocket::NotifySocket(std::string_view address) : error_(open(address)) {}

NotifySocket::~NotifySocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// An abstract name begins with a zero byte and ends where the address does; a path ends with one.
std::error_code NotifySocket::open(std::string_view address) noexcept {
  const bool is_abstract = address.starts_with('@');
  if (!is_abstract && !address.starts_with('/')) return make_error_code(std::errc::invalid_argument);
  if (address.size() < 2 || address.size() >= sizeof address_.sun_path)
    return make_error_code(std::errc::filename_too_long);
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, address.data(), address.size());
  if (is_abstract) address_.sun_path[0] = '\0';
  size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size() + (is_abstract ? 0 : 1));
  descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return last_error();
  const timeval a_second{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &a_second, sizeof a_second);
  return {};
}

// Sends without connect(), so that a listener that was restarted at the same address gets the message.
std::error_code NotifySocket::send(std::string_view message, Patience patience) const noexcept {
  if (descriptor_ < 0) return error_;
  const int flags = MSG_NOSIGNAL | (patience == Patience::none ? MSG_DONTWAIT : 0);
  const auto* const to = reinterpret_cast<const sockaddr*>(&address_);
  const ssize_t sent =
      retry_on_eintr([&] { return ::sendto(descriptor_, message.data(), message.size(), flags, to, size_); });
  return sent < 0 ? last_error() : std::error_code{};
}

}  // namespace aluvia::app
