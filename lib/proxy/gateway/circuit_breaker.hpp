// CircuitBreaker: decides that the gateway is down. After repeated errors requests fail at once for a moment
// instead of waiting one by one, and one request at a time probes the gateway. It uses no socket.
#pragma once

#include "base/logger.hpp"
#include "loop/loop.hpp"
#include "proxy/limits.hpp"
#include "proxy/proxy_error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::proxy {

/// State for readiness and status. It is ok after a minute without traffic too: older news does not count.
struct GatewayHealth {
  bool ok = true;
  loop::TimePoint failing_since{};  ///< where not ok: the first of the faults in a row
  std::string reason;               ///< the last of them, one phrase for people
};

/// Loop thread only.
class CircuitBreaker {
 public:
  CircuitBreaker(const Limits& limits, const Logger& logger) : limits_(limits), logger_(logger) {}

  /// Returns why no connection may be tried now, or nothing. While the gateway is down, nothing makes this
  /// caller the only probe until limits.gateway_rest has passed.
  std::optional<ProxyError> rejection(loop::TimePoint now);

  /// Records that the gateway has answered a request, with any status.
  void answered();

  /// Records that the gateway could not be reached or did not answer. `authority` is the requested host, or
  /// empty if no request had been sent. Silence about the same host counts once: the host may be its cause.
  void failed(const ProxyError& failure, std::string_view authority, loop::TimePoint now);

  /// Forgets everything, for another configuration.
  void forget();

  GatewayHealth health(loop::TimePoint now) const;
  /// Returns true if the last request that the gateway was at fault for, if any, has been followed by an
  /// answer.
  bool is_untroubled() const noexcept { return faults_ == 0; }
  /// Return how often requests began to fail at once, and how often they began to pass again.
  std::uint64_t opened() const noexcept { return opened_; }
  std::uint64_t closed() const noexcept { return closed_; }

 private:
  bool is_open() const noexcept;

  const Limits& limits_;
  const Logger& logger_;
  std::size_t faults_ = 0;  // in a row
  loop::TimePoint first_fault_{};
  loop::TimePoint last_fault_{};
  loop::TimePoint retry_at_{};
  loop::Clock::duration rest_{};
  std::string silent_about_;
  std::string reason_;
  std::uint64_t opened_ = 0;
  std::uint64_t closed_ = 0;
};

}  // namespace aluvia::proxy
