// GatewayHandshake: writes the CONNECT request to the gateway and reads its response (RFC 9110 §9.3.6).
#pragma once

#include "base/secret_string.hpp"
#include "http/authority.hpp"
#include "http/head.hpp"

#include <string>
#include <string_view>

namespace aluvia::http {

class GatewayHandshake {
 public:
  /// Tells if bytes of the tunnel may follow the request before its response. The request then asks the
  /// gateway to close the connection after a rejection, so that it cannot read them as another request
  /// (RFC 9931).
  enum class Behind { nothing, early_bytes };

  /// Returns the request: `CONNECT host:port HTTP/1.1`, Host, Proxy-Authorization if `authorization`
  /// ("Basic …") is not empty, and Connection: close before early bytes. It holds a credential.
  static SecretString request(const Authority& authority, std::string_view authorization,
                              Behind behind = Behind::nothing);

  /// Takes all bytes received so far, in each call. done: the response head ends after consumed() bytes;
  /// behind a 2xx the bytes of the tunnel follow (its Content-Length and Transfer-Encoding are ignored). 1xx
  /// responses are skipped. wrong: the bytes are not an HTTP response, or exceed 16 KiB.
  Progress read(std::string_view bytes);

  /// Returns the final status, from 200 on. Precondition: read() returned done.
  int status() const noexcept { return reader_.head().status; }
  const ResponseHead& head() const noexcept { return reader_.head(); }
  bool is_open() const noexcept { return status() / 100 == 2; }

 private:
  std::size_t skipped_ = 0;  // bytes of 1xx responses
  ResponseHeadReader reader_{HeadLimits{16 * 1024, 128}};
};

}  // namespace aluvia::http
