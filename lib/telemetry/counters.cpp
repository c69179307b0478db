#include "telemetry/counters.hpp"

#include "base/counted.hpp"

#include <fmt/format.h>

namespace aluvia::telemetry {
namespace {

std::string describe(std::string_view route, const RouteTraffic& traffic) {
  return fmt::format("{} {}, {}, {} up, {} down, {} failed", route, counted(traffic.requests, "request"),
                     counted(traffic.tunnels, "tunnel"), human_bytes(traffic.bytes_up),
                     human_bytes(traffic.bytes_down), traffic.failures);
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> units{"B", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string Counters::summary() const {
  return fmt::format("{}; {}; {}", counted(connections, "connection"),
                     describe("gateway:", of(rules::Route::gateway)),
                     describe("direct:", of(rules::Route::direct)));
}

}  // namespace aluvia::telemetry
