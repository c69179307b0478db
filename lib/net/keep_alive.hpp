// TCP keep-alive: finds a peer that has vanished (a machine switched off), and keeps address translators from
// forgetting one that has not.
#pragma once

#include <chrono>

namespace aluvia::net {

/// A connection in which nothing moves is probed after this long, …
inline constexpr std::chrono::seconds keep_alive_idle{60};
/// … again so much later, …
inline constexpr std::chrono::seconds keep_alive_interval{15};
/// … and given up (ETIMEDOUT) when so many probes are without an answer.
inline constexpr int keep_alive_probes = 4;

/// For a connected or a listening socket; what a listening one accepts inherits it. There is no
/// TCP_USER_TIMEOUT beside it, because it would also end a connection whose peer is well and pauses reading.
void keep_alive(int descriptor) noexcept;

}  // namespace aluvia::net
