// Ports of this machine that answer in place of every origin, so that no request leaves it.
#pragma once

#include <cstdint>

namespace aluvia::proxy {

/// TCP ports on 127.0.0.1.
struct EmulatedOrigin {
  std::uint16_t http = 0;
  std::uint16_t https = 0;

  /// The port that stands in for `port` of an origin: TLS is expected at 443 and at `https` itself only.
  std::uint16_t port_for(std::uint16_t port) const noexcept {
    return port == 443 || port == https ? https : http;
  }
};

}  // namespace aluvia::proxy
