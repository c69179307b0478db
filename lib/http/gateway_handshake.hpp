// The gateway's side of a CONNECT (RFC 9110 §9.3.6), sans I/O: what to send, and how to read the answer.
#pragma once

#include "http/authority.hpp"
#include "http/head.hpp"

#include <string>
#include <string_view>

namespace aluvia::http {

class GatewayHandshake {
 public:
  /// The request to send: `CONNECT host:port HTTP/1.1`, Host, and Proxy-Authorization with `authorization`
  /// ("Basic …") where that is not empty. The text holds a credential: wipe() it after sending.
  static std::string request(const Authority& authority, std::string_view authorization);

  /// Give everything received so far each time. done: consumed() bytes are the answer's head; a 2xx makes
  /// what follows the tunnel's (a Content-Length or Transfer-Encoding in it means nothing). 1xx answers are
  /// skipped. wrong: not an HTTP answer, or over 16 KiB.
  Progress read(std::string_view bytes);

  /// Valid after done: the final status, 200 to 599.
  int status() const noexcept { return reader_.head().status; }
  const ResponseHead& head() const noexcept { return reader_.head(); }
  bool is_open() const noexcept { return status() / 100 == 2; }

 private:
  std::size_t skipped_ = 0;  // bytes of 1xx answers
  ResponseHeadReader reader_{HeadLimits{16 * 1024, 128}};
};

}  // namespace aluvia::http
