// NotifySocket: sends datagrams to the Unix socket of a service manager (sd_notify(3)). Its caller writes the
// messages.
#pragma once

#include <string_view>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>

namespace aluvia::app {

class NotifySocket {
 public:
  /// Without a listener, send() does nothing and succeeds.
  NotifySocket() = default;
  /// `address` is the value of NOTIFY_SOCKET: a path, or @ and an abstract name. With another address every
  /// send fails.
  explicit NotifySocket(std::string_view address);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  enum class Patience { none, a_second };  ///< time to wait if the listener's queue is full
  /// Any thread.
  std::error_code send(std::string_view message, Patience patience) const noexcept;

  bool is_there() const noexcept { return descriptor_ >= 0 || error_; }

 private:
  std::error_code open(std::string_view address) noexcept;

  int descriptor_ = -1;
  sockaddr_un address_{};
  socklen_t size_ = 0;
  std::error_code error_;  // the reason why there is no socket
};

}  // namespace aluvia::app
