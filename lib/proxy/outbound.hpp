// Connections to elsewhere, before a byte of HTTP is sent on them: look-up, connect, TLS where asked. It
// knows no request and no credentials.
#pragma once

#include "base/result.hpp"
#include "config/gateway_endpoint.hpp"
#include "http/authority.hpp"
#include "net/resolver.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "proxy/destination_guard.hpp"
#include "proxy/failure.hpp"

#include <optional>
#include <string>

namespace aluvia::proxy {

/// "the gateway host:port", as failures and log lines name it.
std::string name_of(const config::GatewayEndpoint& gateway);

/// Loop thread only. Must outlive the tasks that connect.
class Outbound {
 public:
  using Connected = Result<net::Stream, Failure>;

  /// `gateway_tls`: set where the gateway is spoken to over TLS.
  Outbound(net::Resolver& resolver, std::optional<net::TlsContext> gateway_tls, DestinationGuard guard);

  using Addresses = std::vector<net::Address>;

  /// Only where the guard lets it.
  net::Task<Connected> to_origin(const http::Authority& authority, net::TimePoint deadline);

  /// The addresses that to_origin() would connect to, in the order of its tries, or why it would not begin.
  net::Task<Result<Addresses, Failure>> origin_addresses(const http::Authority& authority,
                                                         net::TimePoint deadline);

  /// The gateway's addresses are kept from request to request. `turn` counts the tries of one request: each
  /// begins with another address of the name.
  net::Task<Connected> to_gateway(const config::GatewayEndpoint& gateway, std::size_t turn,
                                  net::TimePoint deadline);

  /// Asks for the gateway's addresses, so that nobody has to wait for them.
  net::Task<void> look_up(config::GatewayEndpoint gateway, net::TimePoint deadline);

 private:
  net::Task<Connected> connect(Addresses addresses, std::uint16_t port, std::string whom,
                               net::TimePoint deadline);
  net::Resolver& resolver_;
  std::optional<net::TlsContext> gateway_tls_;
  DestinationGuard guard_;
};

}  // namespace aluvia::proxy
