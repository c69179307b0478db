#include "proxy/upstream/upstream_connector.hpp"

#include "base/logger.hpp"
#include "net/addresses.hpp"
#include "net/connector.hpp"
#include "net/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

ProxyError tls_error(const net::TlsFailure& failure, const config::GatewayEndpoint& gateway) {
  ProxyError error = error_from(failure.code, name_of(gateway));
  error.details = fmt::format("TLS with {} failed: {}", name_of(gateway), printable(failure.detail));
  return error;
}

UpstreamConnector::Addresses emulated_address() {
  return {asio::ip::address_v4::loopback()};
}

}  // namespace

std::string name_of(const config::GatewayEndpoint& gateway) {
  return fmt::format("the gateway {}:{}", gateway.host, gateway.port);
}

UpstreamConnector::UpstreamConnector(loop::Loop& loop, dns::Resolver& resolver,
                                     std::optional<net::TlsContext> gateway_tls, DestinationPolicy guard,
                                     std::optional<EmulatedOrigin> emulated)
    : loop_(loop),
      resolver_(resolver),
      gateway_tls_(std::move(gateway_tls)),
      guard_(std::move(guard)),
      emulated_(emulated) {}

loop::Task<UpstreamConnector::Connected> UpstreamConnector::to_origin(const http::Authority& authority,
                                                                      const policy::Policy* policy,
                                                                      Clocking clocking) {
  std::uint16_t port = authority.port;
  loop::TimePoint looked_up = clocking.begin;
  Result<Addresses, ProxyError> addresses = Addresses();
  if (is_emulated(authority)) {
    addresses = emulated_address();
    port = emulated_->port_for(port);
  } else {
    auto found = co_await resolver_.resolve(authority.host, clocking.deadline);
    looked_up = loop::Clock::now();
    clocking.times.dns = step_between(clocking.begin, looked_up);
    addresses = permitted(authority, policy, std::move(found));
  }
  if (!addresses) co_return Err{std::move(addresses.error())};
  net::Connector connector(loop_.get_executor(), std::move(*addresses), port, clocking.deadline);
  co_await connector.finished();
  clocking.times.connect = step_between(looked_up, loop::Clock::now());
  auto socket = connector.result();
  if (!socket) co_return Err{error_from(socket.error(), authority.text())};
  co_return UpstreamConnection(net::Stream(std::move(*socket)));
}

loop::Task<Result<UpstreamConnector::Addresses, ProxyError>> UpstreamConnector::origin_addresses(
    const http::Authority& authority, const policy::Policy* policy, loop::TimePoint deadline) {
  if (is_emulated(authority)) co_return emulated_address();
  auto found = co_await resolver_.resolve(authority.host, deadline);
  co_return permitted(authority, policy, std::move(found));
}

// Loopback means this machine, where the user's own services are: those stay reachable.
bool UpstreamConnector::is_emulated(const http::Authority& authority) const {
  return emulated_ && !http::is_loopback(authority);
}

Result<UpstreamConnector::Addresses, ProxyError> UpstreamConnector::permitted(
    const http::Authority& authority, const policy::Policy* policy, Result<dns::Resolution> found) const {
  if (!found) return Err{error_from(found.error(), authority.text())};
  std::ranges::transform(found->addresses, found->addresses.begin(), net::unmapped);
  auto rejection = guard_.rejection(authority, *found, policy);
  if (rejection) return Err{std::move(*rejection)};
  return std::move(found->addresses);
}

loop::Task<UpstreamConnector::Connected> UpstreamConnector::to_gateway(const config::GatewayEndpoint& gateway,
                                                                       std::size_t turn, Clocking clocking) {
  auto found = co_await resolver_.resolve_kept(gateway.host, clocking.deadline);
  const loop::TimePoint looked_up = loop::Clock::now();
  clocking.times.dns = step_between(clocking.begin, looked_up);
  if (!found) co_return Err{error_from(found.error(), name_of(gateway))};
  Addresses& addresses = found->addresses;
  const auto leads_here = [&](const net::Address& address) { return guard_.is_own(address, gateway.port); };
  if (std::ranges::any_of(addresses, leads_here)) {
    co_return Err{error_from(net::NetError::would_loop, name_of(gateway))};
  }
  const auto first = static_cast<std::ptrdiff_t>(turn % addresses.size());
  std::rotate(addresses.begin(), addresses.begin() + first, addresses.end());
  net::Connector connector(loop_.get_executor(), std::move(addresses), gateway.port, clocking.deadline);
  co_await connector.finished();
  clocking.times.connect = step_between(looked_up, loop::Clock::now());
  auto socket = connector.result();
  if (!socket) co_return Err{error_from(socket.error(), name_of(gateway))};
  UpstreamConnection connected(net::Stream(std::move(*socket)));
  if (gateway.protocol == config::GatewayProtocol::http) co_return std::move(connected);
  auto secured = co_await gateway_tls_->handshake(connected.stream, gateway.host, clocking.deadline);
  clocking.times.connect = step_between(looked_up, loop::Clock::now());
  if (!secured) co_return Err{tls_error(secured.error(), gateway)};
  co_return std::move(connected);
}

loop::Task<void> UpstreamConnector::look_up(config::GatewayEndpoint gateway, loop::TimePoint deadline) {
  const auto found = co_await resolver_.resolve_kept(gateway.host, deadline);
  static_cast<void>(found);  // the request that needs them reports the error
}

}  // namespace aluvia::proxy
