// RetryPolicy: decides which errors of the gateway are transient, and how often and how soon a request may be
// retried before the client has seen a response. It only decides; its caller waits.
#pragma once

#include "loop/loop.hpp"
#include "proxy/limits.hpp"
#include "proxy/proxy_error.hpp"

#include <string>

namespace aluvia::proxy {

enum class Retry {
  none,
  another_try,
  fresh_configuration,  ///< the credentials may have changed
};

/// Transient: refused, reset, silence, a TLS fault, 502, 503 and 504. A 407 or 401 asks for the
/// configuration. Not retried: 402 and 403, which are about the account; a rejected certificate, which stays
/// rejected; a response that is not HTTP; and a name that does not resolve, for the resolver has retried it.
Retry retry_for(const ProxyError& failure) noexcept;

/// Returns true if the gateway itself is at fault, and not the requested site.
bool blames_gateway(const ProxyError& failure) noexcept;

/// Limit of retries with new credentials for one request.
inline constexpr std::size_t renewals_per_request = 2;

/// The tries of one request.
class RetryPolicy {
 public:
  RetryPolicy(const Limits& limits, loop::TimePoint begin) : limits_(limits), begin_(begin) {}

  std::size_t count() const noexcept { return count_; }  ///< that have been begun

  /// Begins a try and returns its time limit. The last try has until end() instead, because a far site takes
  /// long too.
  loop::TimePoint begin_next(loop::TimePoint now);
  bool is_last() const noexcept { return is_last_; }
  /// Counts the tries from zero for another route. The time limit stays.
  void start_again() noexcept {
    count_ = granted_ = 0;
    is_last_ = false;
  }
  /// Returns the time at which the last try ends.
  loop::TimePoint end() const noexcept { return begin_ + limits_.opening(); }

  /// Returns true if `failure` is transient and a try is left.
  bool allows_another(const ProxyError& failure, loop::TimePoint now) const noexcept;
  /// Returns the pause before the next try.
  loop::Clock::duration pause() const noexcept;

  /// Returns true twice, if there is time: new credentials are tried once, and they may have changed again
  /// meanwhile.
  bool may_ask_configuration(loop::TimePoint now) noexcept;

  /// Returns `failure` with the number of tries in its text.
  ProxyError describe(ProxyError failure) const;

 private:
  const Limits& limits_;
  loop::TimePoint begin_;
  std::size_t count_ = 0;
  std::size_t granted_ = 0;  // on top, by a fresh configuration
  bool is_last_ = false;
};

}  // namespace aluvia::proxy
