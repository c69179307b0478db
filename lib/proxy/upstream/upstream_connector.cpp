#include "proxy/upstream/upstream_connector.hpp"

#include "base/logger.hpp"
#include "net/addresses.hpp"
#include "net/connector.hpp"
#include "net/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aluvia::proxy {

std::string name_of(const config::GatewayEndpoint& gateway) {
  return fmt::format("the gateway {}:{}", gateway.host, gateway.port);
}

UpstreamConnector::UpstreamConnector(dns::Resolver& resolver, std::optional<net::TlsContext> gateway_tls,
                                     DestinationPolicy guard)
    : resolver_(resolver), gateway_tls_(std::move(gateway_tls)), guard_(std::move(guard)) {}

loop::Task<UpstreamConnector::Connected> UpstreamConnector::to_origin(const http::Authority& authority,
                                                                      loop::TimePoint deadline) {
  auto addresses = co_await origin_addresses(authority, deadline);
  if (!addresses) co_return Err{std::move(addresses.error())};
  co_return co_await connect(std::move(*addresses), authority.port, authority.text(), deadline);
}

loop::Task<Result<UpstreamConnector::Addresses, ProxyError>> UpstreamConnector::origin_addresses(
    const http::Authority& authority, loop::TimePoint deadline) {
  auto found = co_await resolver_.resolve(authority.host, deadline);
  if (!found) co_return Err{failure_from(found.error(), authority.text())};
  std::ranges::transform(found->addresses, found->addresses.begin(), net::unmapped);
  auto refusal = guard_.refusal(authority, *found);
  if (refusal) co_return Err{std::move(*refusal)};
  co_return std::move(found->addresses);
}

loop::Task<UpstreamConnector::Connected> UpstreamConnector::to_gateway(const config::GatewayEndpoint& gateway,
                                                                       std::size_t turn,
                                                                       loop::TimePoint deadline) {
  auto found = co_await resolver_.resolve_kept(gateway.host, deadline);
  if (!found) co_return Err{failure_from(found.error(), name_of(gateway))};
  Addresses& addresses = found->addresses;
  const auto first = static_cast<std::ptrdiff_t>(turn % addresses.size());
  std::rotate(addresses.begin(), addresses.begin() + first, addresses.end());
  Connected connected = co_await connect(std::move(addresses), gateway.port, name_of(gateway), deadline);
  if (!connected || gateway.protocol == config::GatewayProtocol::http) co_return connected;
  auto secured = co_await gateway_tls_->handshake(*connected, gateway.host, deadline);
  if (!secured) {
    ProxyError failure = failure_from(secured.error().code, name_of(gateway));
    failure.details =
        fmt::format("TLS with {} failed: {}", name_of(gateway), printable(secured.error().detail));
    co_return Err{std::move(failure)};
  }
  co_return connected;
}

loop::Task<void> UpstreamConnector::look_up(config::GatewayEndpoint gateway, loop::TimePoint deadline) {
  const auto found = co_await resolver_.resolve_kept(gateway.host, deadline);
  static_cast<void>(found);  // the request that needs them reports the error
}

loop::Task<UpstreamConnector::Connected> UpstreamConnector::connect(Addresses addresses, std::uint16_t port,
                                                                    std::string whom,
                                                                    loop::TimePoint deadline) {
  const auto own = [this, port](const net::Address& address) { return guard_.is_own(address, port); };
  if (std::ranges::any_of(addresses, own)) co_return Err{failure_from(net::NetError::would_loop, whom)};
  auto socket = co_await net::connect(std::move(addresses), port, deadline);
  if (!socket) co_return Err{failure_from(socket.error(), whom)};
  co_return net::Stream(std::move(*socket));
}

}  // namespace aluvia::proxy
