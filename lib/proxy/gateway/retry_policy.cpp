#include "proxy/gateway/retry_policy.hpp"

#include <fmt/format.h>

namespace aluvia::proxy {

Retry retry_for(const ProxyError& failure) noexcept {
  const int status = failure.proposed_status;
  switch (failure.kind) {
    case ProxyErrorKind::gateway_credentials:
      return Retry::fresh_configuration;
    case ProxyErrorKind::gateway_refused:
      return status == 502 || status == 503 || status == 504 ? Retry::another_try : Retry::none;
    case ProxyErrorKind::unroutable:
    case ProxyErrorKind::connection_refused:
    case ProxyErrorKind::connection_timeout:
    case ProxyErrorKind::connection_terminated:
    case ProxyErrorKind::tls_protocol:
    case ProxyErrorKind::gateway_timeout:
      return Retry::another_try;
    default:
      return Retry::none;
  }
}

bool blames_gateway(const ProxyError& failure) noexcept {
  // Its answers do not: a 502 may well be about one site alone.
  return failure.kind != ProxyErrorKind::gateway_refused &&
         failure.kind != ProxyErrorKind::gateway_credentials && failure.kind != ProxyErrorKind::loop &&
         failure.kind != ProxyErrorKind::no_descriptor && failure.kind != ProxyErrorKind::over_budget;
}

loop::TimePoint RetryPolicy::begin_next(loop::TimePoint now) {
  ++count_;
  const loop::TimePoint end = now + limits_.gateway_try;
  is_last_ = count_ >= limits_.gateway_tries + granted_ || end >= begin_ + limits_.gateway_retry_time;
  return end;
}

bool RetryPolicy::allows_another(const ProxyError& failure, loop::TimePoint now) const noexcept {
  return retry_for(failure) == Retry::another_try && count_ < limits_.gateway_tries + granted_ &&
         now + pause() < begin_ + limits_.gateway_retry_time;
}

loop::Clock::duration RetryPolicy::pause() const noexcept {
  loop::Clock::duration pause = limits_.gateway_pause;
  for (std::size_t i = 1; i < count_; ++i) pause *= 4;
  return pause;
}

bool RetryPolicy::may_ask_configuration(loop::TimePoint now) noexcept {
  if (granted_ >= renewals_per_request || now + limits_.refresh >= end()) return false;
  ++granted_;
  return true;
}

ProxyError RetryPolicy::describe(ProxyError failure) const {
  if (count_ > 1) failure.details += fmt::format(" ({} tries)", count_);
  return failure;
}

}  // namespace aluvia::proxy
