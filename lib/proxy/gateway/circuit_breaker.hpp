// CircuitBreaker: decides that the gateway is down. After repeated errors requests fail at once for a moment
// instead of waiting one by one, and one request at a time probes the gateway. It uses no socket.
#pragma once

#include "base/logger.hpp"
#include "loop/asio.hpp"
#include "proxy/limits.hpp"
#include "proxy/proxy_error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::proxy {

/// For readiness and status. Ok also where nothing has been heard of the gateway for a while: what was known
/// a minute ago is not known any more.
struct GatewayHealth {
  bool ok = true;
  loop::TimePoint failing_since{};  ///< where not ok: the first of the faults in a row
  std::string reason;               ///< the last of them, one phrase for people
};

/// Loop thread only.
class CircuitBreaker {
 public:
  CircuitBreaker(const Limits& limits, const Logger& logger) : limits_(limits), logger_(logger) {}

  /// Why no connection may be tried now, or nothing. Nothing while it is down means: this caller is the
  /// probe, and until limits.gateway_rest has passed no other.
  std::optional<ProxyError> refusal(loop::TimePoint now);

  /// The gateway has answered a request, whatever it said.
  void answered();

  /// It could not be reached, or did not answer. `authority`: whom its answer would have been about, or empty
  /// where no request had been sent. Silence about one and the same host counts once: it may be that host's.
  void failed(const ProxyError& failure, std::string_view authority, loop::TimePoint now);

  /// Another configuration: nothing is known.
  void forget();

  GatewayHealth health(loop::TimePoint now) const;

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
};

}  // namespace aluvia::proxy
