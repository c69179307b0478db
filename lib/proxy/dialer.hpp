// From a route decision to a ready stream: look-up, connect, TLS where asked, the gateway's handshake.
// "Direct or gateway" stands in this room's Router and here, and nowhere else.
#pragma once

#include "base/result.hpp"
#include "http/authority.hpp"
#include "net/resolver.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "proxy/failure.hpp"
#include "proxy/limits.hpp"
#include "proxy/router.hpp"

#include <optional>
#include <string>

namespace aluvia::proxy {

struct Dialed {
  explicit Dialed(net::Stream connected) noexcept : stream(std::move(connected)) {}

  net::Stream stream;
  std::string leftover;  ///< what the gateway sent behind its 200: the tunnel's first bytes
};

/// Loop thread only. Must outlive the tasks that dial.
class Dialer {
 public:
  using DialResult = Result<Dialed, Failure>;

  /// `gateway_tls`: set where the gateway is spoken to over TLS. `own`: our listening address, never dialed.
  Dialer(net::Resolver& resolver, std::optional<net::TlsContext> gateway_tls, const Limits& limits,
         net::Endpoint own, std::span<char> loop_buffer);

  /// A stream that carries bytes to `authority`: connected directly, or opened through the gateway by
  /// CONNECT.
  net::Task<DialResult> open_tunnel(const Decision& decision, const http::Authority& authority);

  /// A stream that takes request heads for `authority`: the origin's own, or one to the gateway for
  /// absolute-form.
  net::Task<DialResult> open_upstream(const Decision& decision, const http::Authority& authority);

 private:
  net::Task<DialResult> connect_to(const std::string& host, std::uint16_t port, std::string whom);
  net::Task<DialResult> connect_gateway(const config::GatewayEndpoint& gateway);
  net::Task<DialResult> shake_hands(Dialed gateway, const Decision& decision,
                                    const http::Authority& authority);
  bool is_own(const net::Address& address, std::uint16_t port) const noexcept;

  net::Resolver& resolver_;
  std::optional<net::TlsContext> gateway_tls_;
  const Limits& limits_;
  net::Endpoint own_;
  std::span<char> loop_buffer_;
};

}  // namespace aluvia::proxy
