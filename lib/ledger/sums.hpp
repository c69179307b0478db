// Sums and Key: the plain values of the ledger.
#pragma once

#include "rules/route.hpp"

#include <cstdint>
#include <string_view>

namespace aluvia::ledger {

/// Unix time in seconds. The caller supplies it, and it may jump.
using Seconds = std::uint64_t;

inline constexpr Seconds one_minute = 60;
inline constexpr Seconds one_hour = 60 * one_minute;
inline constexpr Seconds one_day = 24 * one_hour;

struct Sums {
  std::uint64_t requests = 0;  ///< ended, and never became tunnels
  std::uint64_t tunnels = 0;   ///< ended
  std::uint64_t failures = 0;  ///< of both: the proxy answered with an error of its own, or cut the response
  std::uint64_t aborted = 0;   ///< of both: the client left early, or the proxy stopped
  std::uint64_t bytes_up = 0;  ///< written to the upstream, heads and the gateway's CONNECT included
  std::uint64_t bytes_down = 0;  ///< received from it
  std::uint64_t connects = 0;    ///< requests and tunnels that connected to their upstream
  std::uint64_t connect_us = 0;  ///< sum of their connect times, microseconds

  std::uint64_t bytes() const noexcept { return bytes_up + bytes_down; }
  Sums& operator+=(const Sums& other) noexcept;
  /// Precondition: every value is at least that of `earlier`.
  Sums& operator-=(const Sums& earlier) noexcept;
  friend bool operator==(const Sums&, const Sums&) = default;
};

/// The views hold during the call that passes the key.
struct Key {
  std::string_view host;  ///< canonical, at most 253 bytes
  rules::Route route = rules::Route::direct;
  std::string_view rule;  ///< the rule that decided, or a phrase where none did
};

/// Host and rule of the entry that takes the sums of those without one of their own. No host has parentheses.
inline constexpr std::string_view other_name = "(other)";

inline Sums& Sums::operator+=(const Sums& other) noexcept {
  requests += other.requests;
  tunnels += other.tunnels;
  failures += other.failures;
  aborted += other.aborted;
  bytes_up += other.bytes_up;
  bytes_down += other.bytes_down;
  connects += other.connects;
  connect_us += other.connect_us;
  return *this;
}

inline Sums& Sums::operator-=(const Sums& earlier) noexcept {
  requests -= earlier.requests;
  tunnels -= earlier.tunnels;
  failures -= earlier.failures;
  aborted -= earlier.aborted;
  bytes_up -= earlier.bytes_up;
  bytes_down -= earlier.bytes_down;
  connects -= earlier.connects;
  connect_us -= earlier.connect_us;
  return *this;
}

}  // namespace aluvia::ledger
