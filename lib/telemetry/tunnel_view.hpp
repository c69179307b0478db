// One live tunnel as it is shown to people: values at one moment, no handle on the tunnel.
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
  std::string why;            ///< the rule that decided, or a phrase where none did
  std::uint64_t version = 0;  ///< of the configuration that it was last asked against
  std::chrono::milliseconds age{0};
  std::chrono::milliseconds idle{0};  ///< since a byte moved, either way
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
};

struct TunnelViews {
  std::vector<TunnelView> tunnels;  ///< the oldest first; no more than were asked for
  std::size_t open = 0;             ///< how many there are
};

}  // namespace aluvia::telemetry
