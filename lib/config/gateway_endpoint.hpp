// GatewayEndpoint: protocol, host and port of the Aluvia gateway (specification §4.1, RawProxyConfig without
// credentials).
#pragma once

#include <cstdint>
#include <string>

namespace aluvia::config {

enum class GatewayProtocol { http, https };

struct GatewayEndpoint {
  GatewayProtocol protocol = GatewayProtocol::http;
  std::string host = "gateway.aluvia.io";
  std::uint16_t port = 8080;

  friend bool operator==(const GatewayEndpoint&, const GatewayEndpoint&) = default;
};

/// 8080 for http, 8443 for https (specification §8).
constexpr std::uint16_t default_gateway_port(GatewayProtocol protocol) noexcept {
  return protocol == GatewayProtocol::https ? 8443 : 8080;
}

}  // namespace aluvia::config
