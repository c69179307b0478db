// RequestTrace: what one request has cost so far, and how long its steps took.
#pragma once

#include "loop/loop.hpp"
#include "net/wire_count.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace aluvia::proxy {

/// Steps of a dial. Half the size of the clock's own duration, because every tunnel keeps three.
using StepTime = std::optional<std::chrono::duration<std::int32_t, std::micro>>;

inline StepTime step_between(loop::TimePoint begin, loop::TimePoint end) noexcept {
  return std::chrono::duration_cast<StepTime::value_type>(end - begin);
}

/// Those of the last try.
struct DialTimes {
  StepTime dns{};
  StepTime connect{};  ///< with TLS, where the gateway is spoken to over it
  StepTime gateway{};  ///< from the CONNECT to the gateway's answer
};

/// Belongs to one request, and moves with it into its tunnel. The upstream's stream counts in `wire`, at the
/// address where the trace is then.
struct RequestTrace {
  std::uint64_t number = 0;  ///< of its id
  loop::TimePoint begun;     ///< when its head was complete
  net::WireCount wire;
  DialTimes times;
  unsigned tries = 0;      ///< upstream connections that it was sent or begun on
  bool is_reused = false;  ///< the last one was open before
  // For logs that ask for them.
  const std::string* client = nullptr;      ///< address:port; the connection's or, later, the tunnel's
  std::unique_ptr<const std::string> path;  ///< of a plain request, with the query

  void begin_try(bool reused) noexcept {
    ++tries;
    is_reused = reused;
    times = {};
  }
};

}  // namespace aluvia::proxy
