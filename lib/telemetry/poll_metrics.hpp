// PollMetrics: counts the fetches of the configuration by their result, and the time that they take.
#pragma once

#include "telemetry/histogram.hpp"

#include <cstdint>

namespace aluvia::telemetry {

/// A plain value.
struct PollMetrics {
  std::uint64_t changed = 0;    ///< the API sent a configuration that was not in use
  std::uint64_t unchanged = 0;  ///< it confirmed the one in use
  std::uint64_t failed = 0;     ///< it could not be reached, refused, or sent nonsense
  StepHistogram duration;       ///< of all of them, with the connect to the API
};

}  // namespace aluvia::telemetry
