// TunnelView: a snapshot of one open tunnel for the control commands. It holds values, no handle on the
// tunnel.
#pragma once

#include "rules/route.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace aluvia::telemetry {

struct TunnelView {
  std::string host;  ///< host:port
  rules::Route route = rules::Route::direct;
  std::string why;            ///< the rule that decided the route, or a phrase if none did
  std::uint64_t version = 0;  ///< configuration that last decided the route
  std::chrono::milliseconds age{0};
  std::chrono::milliseconds idle{0};  ///< since the last byte in either direction
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
};

struct TunnelViews {
  std::vector<TunnelView> tunnels;  ///< oldest first, cut to the requested number
  std::size_t open = 0;             ///< number of open tunnels, listed or not
};

}  // namespace aluvia::telemetry
