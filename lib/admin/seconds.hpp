// Durations as seconds, for people and for JSON.
#pragma once

#include "admin/status_snapshot.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace aluvia::admin {

template <class Duration>
double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Nothing where there is no `then`. A clock that was set back makes no negative age.
inline std::optional<double> seconds_since(const std::optional<Time>& then, Time now) {
  return then ? std::optional(std::max(0.0, seconds(now - *then))) : std::nullopt;
}
inline std::optional<double> seconds_until(const std::optional<Time>& then, Time now) {
  return then ? std::optional(std::max(0.0, seconds(*then - now))) : std::nullopt;
}

}  // namespace aluvia::admin
