#include "net/tcp_state.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace aluvia::net {

bool is_unheard(Stream& stream) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(stream.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_unacked > 0 && info.tcpi_retransmits >= 3;
}

bool has_taken_all(Stream& stream) noexcept {
  int waiting = 0;
  return ::ioctl(stream.native_handle(), SIOCOUTQ, &waiting) == 0 && waiting == 0;
}

}  // namespace aluvia::net
