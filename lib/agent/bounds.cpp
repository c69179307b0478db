#include "agent/bounds.hpp"

#include "proxy/limits.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::agent {
namespace {

using Time = Bounds::Time;
using std::chrono::hours;
using std::chrono::minutes;

// Short enough for a test, too short for a network.
constexpr Time shortest{100};

constexpr NumberBound numbers[] = {
    {"--max-head-bytes", &Bounds::head_bytes, 1024, 1'048'576},
    {"--max-head-fields", &Bounds::head_fields, 8, 4096},
    {"--max-connections", &Bounds::connections, 1, 1'000'000},
    {"--head-memory", &Bounds::head_memory, 4'194'304, 1'073'741'824},  // half of it holds the largest head
};

constexpr TimeBound times[] = {
    {"--head-timeout", &Bounds::head_time, shortest, hours(1)},
    {"--keep-alive-timeout", &Bounds::keep_alive, shortest, hours(1)},
    {"--stall-timeout", &Bounds::stall, shortest, hours(24)},
    {"--dial-timeout", &Bounds::dial, shortest, minutes(5)},
    {"--gateway-timeout", &Bounds::gateway_answer, shortest, minutes(5)},
    {"--tunnel-idle-timeout", &Bounds::tunnel_idle, shortest, hours(24 * 7)},
    {"--half-closed-timeout", &Bounds::half_closed, shortest, hours(24)},
};

}  // namespace

std::string NumberBound::takes() const {
  return fmt::format("takes a number from {} to {}", least, most);
}

std::string TimeBound::takes() const {
  using Seconds = std::chrono::duration<double>;
  return fmt::format("takes seconds from {} to {}", Seconds(least).count(), Seconds(most).count());
}

std::span<const NumberBound> number_bounds() {
  return numbers;
}

std::span<const TimeBound> time_bounds() {
  return times;
}

proxy::Limits limits_of(const Bounds& bounds) {
  proxy::Limits out;
  out.head = {bounds.head_bytes, bounds.head_fields};
  out.response_head = {bounds.head_bytes, std::max(bounds.head_fields, http::response_head_limits.fields)};
  out.head_time = bounds.head_time;
  out.keep_alive = bounds.keep_alive;
  out.stall = bounds.stall;
  out.dial = bounds.dial;
  out.gateway_answer = bounds.gateway_answer;
  out.tunnel_idle = bounds.tunnel_idle;
  out.half_closed = bounds.half_closed;
  out.connections = bounds.connections;
  out.head_memory = bounds.head_memory;
  return out;
}

}  // namespace aluvia::agent
