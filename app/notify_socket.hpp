// Sends datagrams to the Unix socket of a service manager (sd_notify(3)). Knows addresses and datagrams, not
// the contents of messages.
#pragma once

#include <string_view>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>

namespace aluvia::app {

class NotifySocket {
 public:
  /// Nobody listens: nothing is sent, and that is no error.
  NotifySocket() = default;
  /// `address` as NOTIFY_SOCKET has it: a path, or @ and an abstract name. One that is neither fails with
  /// every send.
  explicit NotifySocket(std::string_view address);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  enum class Patience { none, a_second };  ///< where the listener's queue is full
  /// Any thread.
  std::error_code send(std::string_view message, Patience patience) const noexcept;

  bool is_there() const noexcept { return descriptor_ >= 0 || error_; }

 private:
  std::error_code open(std::string_view address) noexcept;

  int descriptor_ = -1;
  sockaddr_un address_{};
  socklen_t size_ = 0;
  std::error_code error_;  // why there is none
};

}  // namespace aluvia::app
