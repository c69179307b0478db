// Connections to elsewhere, before a byte of HTTP is sent on them: look-up, connect, TLS where asked. It
// knows no request and no credentials.
#pragma once

#include "base/result.hpp"
#include "config/gateway_endpoint.hpp"
#include "dns/resolver.hpp"
#include "http/authority.hpp"
#include "net/endpoint.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "proxy/proxy_error.hpp"
#include "proxy/request_trace.hpp"
#include "proxy/upstream/destination_policy.hpp"
#include "proxy/upstream/emulated_origin.hpp"

#include <optional>
#include <string>

namespace aluvia::proxy {

/// "the gateway host:port", as failures and log lines name it.
std::string name_of(const config::GatewayEndpoint& gateway);

/// A connection to the origin or the gateway, ready for the first byte of HTTP.
struct UpstreamConnection {
  explicit UpstreamConnection(net::Stream connected, bool from_pool = false) noexcept
      : stream(std::move(connected)), was_warm(from_pool) {}

  net::Stream stream;
  std::string leftover;  ///< bytes that the gateway sent behind its 200: the tunnel's first
  bool was_warm;         ///< it waited in the WarmPool, and may have died there unnoticed
};

/// Loop thread only. Must outlive the tasks that connect.
class UpstreamConnector {
 public:
  using Connected = Result<UpstreamConnection, ProxyError>;

  /// `gateway_tls`: set where the gateway is spoken to over TLS. `emulated`: answers in place of every origin
  /// but loopback; no name of one is looked up then.
  UpstreamConnector(loop::Loop& loop, dns::Resolver& resolver, std::optional<net::TlsContext> gateway_tls,
                    DestinationPolicy guard, std::optional<EmulatedOrigin> emulated);

  using Addresses = std::vector<net::Address>;

  /// Time in which a connect has to end, and the place for the durations of its steps.
  struct Clocking {
    loop::TimePoint begin;
    loop::TimePoint deadline;
    DialTimes& times;
  };

  /// Only where the guard lets it. `policy` may be null, and must outlive the task.
  loop::Task<Connected> to_origin(const http::Authority& authority, const policy::Policy* policy,
                                  Clocking clocking);

  /// The addresses that to_origin() would connect to, in the order of its tries, or why it would not begin.
  loop::Task<Result<Addresses, ProxyError>> origin_addresses(const http::Authority& authority,
                                                             const policy::Policy* policy,
                                                             loop::TimePoint deadline);

  /// The gateway's addresses are kept from request to request. `turn` counts the tries of one request: each
  /// begins with another address of the name.
  loop::Task<Connected> to_gateway(const config::GatewayEndpoint& gateway, std::size_t turn,
                                   Clocking clocking);

  /// Null where the gateway is spoken to without TLS.
  const net::TlsContext* gateway_tls() const noexcept { return gateway_tls_ ? &*gateway_tls_ : nullptr; }

  /// Resolves the gateway's addresses in advance, so that no request waits for them.
  loop::Task<void> look_up(config::GatewayEndpoint gateway, loop::TimePoint deadline);

 private:
  bool is_emulated(const http::Authority& authority) const;
  Result<Addresses, ProxyError> permitted(const http::Authority& authority, const policy::Policy* policy,
                                          Result<dns::Resolution> found) const;

  loop::Loop& loop_;
  dns::Resolver& resolver_;
  std::optional<net::TlsContext> gateway_tls_;
  DestinationPolicy guard_;
  std::optional<EmulatedOrigin> emulated_;
};

}  // namespace aluvia::proxy
