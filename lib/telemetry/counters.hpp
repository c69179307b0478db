// Counts connections, requests and bytes for each route: users pay for the gateway's traffic by the gigabyte.
#pragma once

#include "rules/route.hpp"
#include "telemetry/tunnel_end.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace aluvia::telemetry {

struct RouteTraffic {
  std::uint64_t requests = 0;       ///< plain HTTP exchanges answered by the upstream
  std::uint64_t tunnels = 0;        ///< CONNECT and upgrades that were opened
  std::uint64_t failures = 0;       ///< requests that the proxy answered with an error of its own
  std::uint64_t block_reports = 0;  ///< reports of clients that a site blocked a request on this route
  std::uint64_t bytes_up =
      0;  ///< on the wire to the upstream: heads, bodies and the gateway's CONNECT, in all tries
  std::uint64_t bytes_down = 0;  ///< on the wire from the upstream
};

/// The use of warm connections, and the changes of the circuit breaker.
struct GatewayEvents {
  std::uint64_t warm_hits = 0;       ///< requests for a warm connection that got one
  std::uint64_t warm_misses = 0;     ///< requests that found none
  std::uint64_t circuit_opened = 0;  ///< from here on requests failed at once
  std::uint64_t circuit_closed = 0;  ///< from here on they passed again
};

/// Loop thread only.
class Counters {
 public:
  RouteTraffic& of(rules::Route route) noexcept { return routes_[static_cast<std::size_t>(route)]; }
  const RouteTraffic& of(rules::Route route) const noexcept {
    return routes_[static_cast<std::size_t>(route)];
  }

  std::uint64_t connections = 0;       ///< accepted
  std::uint64_t refused = 0;           ///< malformed or unacceptable requests
  std::uint64_t unauthorized = 0;      ///< requests without the client's credentials for this proxy
  std::uint64_t turned_away = 0;       ///< connections from addresses that may not use the proxy
  std::uint64_t tunnels_rerouted = 0;  ///< ended because new rules give them another route
  std::uint64_t tunnels_renewed = 0;   ///< ended because of new credentials, session or geo
  std::array<std::uint64_t, tunnel_end_names.size()> tunnels_ended{};  ///< by TunnelEnd
  GatewayEvents gateway;

  /// Returns one sentence for the log at the end of a run.
  std::string summary() const;

 private:
  std::array<RouteTraffic, 2> routes_{};
};

/// Returns a byte count with a decimal unit, as traffic is billed: 1536 as "1.5 KB".
std::string human_bytes(std::uint64_t bytes);

}  // namespace aluvia::telemetry
