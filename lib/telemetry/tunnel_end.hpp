// TunnelEnd: the reasons why tunnels end, and their names in metrics.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace aluvia::telemetry {

enum class TunnelEnd {
  closed,        ///< both sides have ended
  reset,         ///< one side failed
  idle,          ///< no byte moved for too long
  reconfigured,  ///< a new configuration changed route or credentials, and the tunnel was quiet
  cut,           ///< likewise, in the middle of a transfer
  stopped,       ///< the proxy stops
  budget,        ///< a budget is used up
};

inline constexpr std::array<std::string_view, 7> tunnel_end_names{
    "closed", "reset", "idle", "reconfigured", "cut", "stopped", "budget"};

constexpr std::size_t index_of(TunnelEnd end) noexcept {
  return static_cast<std::size_t>(end);
}

}  // namespace aluvia::telemetry
