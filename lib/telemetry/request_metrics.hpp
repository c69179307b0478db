// RequestMetrics: counts finished requests for monitoring: times as histograms, errors, responses by class of
// status, retries, and connections to upstreams.
#pragma once

#include "telemetry/error_types.hpp"
#include "telemetry/histogram.hpp"
#include "telemetry/request_record.hpp"

#include <array>
#include <cstdint>

namespace aluvia::telemetry {

struct RouteMetrics {
  StepHistogram dns;            ///< look-ups of the last tries
  StepHistogram connect;        ///< connects of the last tries, with TLS to the gateway
  StepHistogram gateway;        ///< answers of the gateway to CONNECT
  StepHistogram first_byte;     ///< from the head of the request to the first byte from upstream
  StepHistogram duration;       ///< of requests that became no tunnel
  LifeHistogram tunnel;         ///< from the CONNECT to the end of the tunnel
  std::uint64_t retries = 0;    ///< tries beyond the first of each request
  std::uint64_t on_new = 0;     ///< requests whose last try opened a connection
  std::uint64_t on_reused = 0;  ///< requests whose last try took one that was open: kept alive, or warm
};

/// A plain value: it copies without a heap. Loop thread only.
class RequestMetrics {
 public:
  /// Counts one finished request: without allocation, and without comparing text unless it failed.
  void observe(const RequestRecord& record) noexcept;

  const RouteMetrics& of(rules::Route route) const noexcept {
    return routes_[static_cast<std::size_t>(route)];
  }
  /// Returns the responses sent to clients with a status from hundreds * 100 on; `hundreds` is 1 to 5.
  std::uint64_t responses(unsigned hundreds) const noexcept { return responses_[hundreds]; }
  /// Returns the requests with an action of the policy; those that got no decision have none.
  std::uint64_t actions(policy::Action action) const noexcept {
    return actions_[static_cast<std::size_t>(action)];
  }
  std::uint64_t undecided() const noexcept { return undecided_; }
  /// Returns the failures with error_types[index].
  std::uint64_t errors(std::size_t index) const noexcept { return errors_[index]; }

 private:
  std::array<RouteMetrics, 2> routes_{};
  std::array<std::uint64_t, 3> actions_{};  // by policy::Action
  std::uint64_t undecided_ = 0;
  std::array<std::uint64_t, 6> responses_{};                    // by hundreds; 0: no status
  std::array<std::uint64_t, error_types.size() + 1> errors_{};  // the last: not in the table
};

}  // namespace aluvia::telemetry
