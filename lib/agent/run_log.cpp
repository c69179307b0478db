#include "agent/run_log.hpp"

#include "base/counted.hpp"
#include "host/host_port.hpp"

#include <string_view>

namespace aluvia::agent {

using host::host_port;

void log_started(const Logger& logger, const ListeningPlace& place, const config::UserNetworkConfig& first) {
  const config::GatewayEndpoint& gateway = first.gateway;
  const std::string_view protocol = gateway.protocol == config::GatewayProtocol::https ? "https" : "http";
  logger.info({"started",
               {{"url", place.url},
                {"host", place.host},
                {"port", place.port},
                {"gateway_protocol", protocol},
                {"gateway_host", gateway.host},
                {"gateway_port", gateway.port},
                {"version", first.version},
                {"rules", first.rule_count()}}},
              "listening on http://{}, gateway {}://{}, {}", host_port(place.host, place.port), protocol,
              host_port(gateway.host, gateway.port), counted(first.rule_count(), "rule"));
}

void log_stopped(const Logger& logger, const telemetry::Counters& counters) {
  const telemetry::RouteTraffic& gateway = counters.of(rules::Route::gateway);
  const telemetry::RouteTraffic& direct = counters.of(rules::Route::direct);
  logger.info({"stopped",
               {{"connections", counters.connections},
                {"gateway_requests", gateway.requests},
                {"gateway_tunnels", gateway.tunnels},
                {"gateway_bytes_up", gateway.bytes_up},
                {"gateway_bytes_down", gateway.bytes_down},
                {"gateway_failed", gateway.failures},
                {"direct_requests", direct.requests},
                {"direct_tunnels", direct.tunnels},
                {"direct_bytes_up", direct.bytes_up},
                {"direct_bytes_down", direct.bytes_down},
                {"direct_failed", direct.failures}}},
              "stopped: {}", counters.summary());
}

}  // namespace aluvia::agent
