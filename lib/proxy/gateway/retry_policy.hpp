// RetryPolicy: decides which errors of the gateway are transient, and how often and how soon a request may be
// retried before the client has seen a response. It only decides; its caller waits.
#pragma once

#include "loop/asio.hpp"
#include "proxy/limits.hpp"
#include "proxy/proxy_error.hpp"

#include <string>

namespace aluvia::proxy {

enum class Retry {
  none,
  another_try,
  fresh_configuration,  ///< the credentials may have changed
};

/// Refused, reset, silence, a TLS fault, 502, 503, 504: another try. 407 and 401: the configuration. Not
/// retried: 402 and 403, which are about the account; a certificate that is not accepted, which would not be
/// a moment later; what is no HTTP at all; and a name that does not resolve, which the resolver has tried.
Retry retry_for(const ProxyError& failure) noexcept;

/// Whether the gateway itself is at fault, whatever it was asked for.
bool blames_gateway(const ProxyError& failure) noexcept;

/// How often one request is sent again with credentials that came after others were refused.
inline constexpr std::size_t renewals_per_request = 2;

/// The tries of one request.
class RetryPolicy {
 public:
  RetryPolicy(const Limits& limits, loop::TimePoint begin) : limits_(limits), begin_(begin) {}

  std::size_t count() const noexcept { return count_; }  ///< that have been begun

  /// Begins one; until when it may take, if another could follow it. The last one gets all the time that
  /// there is, because a far site takes long too.
  loop::TimePoint begin_next(loop::TimePoint now);
  bool is_last() const noexcept { return is_last_; }
  /// Another route: no try of it has been made. The time goes on.
  void start_again() noexcept {
    count_ = granted_ = 0;
    is_last_ = false;
  }
  /// When the last one must be over too, whatever came between.
  loop::TimePoint end() const noexcept { return begin_ + limits_.opening(); }

  /// Whether `failure` is worth another try, and there is one left.
  bool allows_another(const ProxyError& failure, loop::TimePoint now) const noexcept;
  /// Before the next one.
  loop::Clock::duration pause() const noexcept;

  /// True twice, where there is time for it: what a fresh configuration brought is tried once, and the
  /// credentials may have changed again meanwhile.
  bool may_ask_configuration(loop::TimePoint now) noexcept;

  /// `failure` as it is told after all of this.
  ProxyError describe(ProxyError failure) const;

 private:
  const Limits& limits_;
  loop::TimePoint begin_;
  std::size_t count_ = 0;
  std::size_t granted_ = 0;  // on top, by a fresh configuration
  bool is_last_ = false;
};

}  // namespace aluvia::proxy
