#include "proxy/gateway_retry.hpp"

#include <fmt/format.h>

namespace aluvia::proxy {

Remedy remedy_for(const Failure& failure) noexcept {
  const int status = failure.proposed_status;
  switch (failure.kind) {
    case FailureKind::gateway_credentials:
      return Remedy::fresh_configuration;
    case FailureKind::gateway_refused:
      return status == 502 || status == 503 || status == 504 ? Remedy::another_try : Remedy::none;
    case FailureKind::unroutable:
    case FailureKind::connection_refused:
    case FailureKind::connection_timeout:
    case FailureKind::connection_terminated:
    case FailureKind::tls_protocol:
    case FailureKind::gateway_timeout:
      return Remedy::another_try;
    default:
      return Remedy::none;
  }
}

bool blames_gateway(const Failure& failure) noexcept {
  // Its answers do not: a 502 may well be about one site alone.
  return failure.kind != FailureKind::gateway_refused && failure.kind != FailureKind::gateway_credentials &&
         failure.kind != FailureKind::loop && failure.kind != FailureKind::no_descriptor;
}

net::TimePoint GatewayTries::begin_next(net::TimePoint now) {
  ++count_;
  const net::TimePoint end = now + limits_.gateway_try;
  is_last_ = count_ >= limits_.gateway_tries + granted_ || end >= begin_ + limits_.gateway_retry_time;
  return end;
}

bool GatewayTries::allows_another(const Failure& failure, net::TimePoint now) const noexcept {
  return remedy_for(failure) == Remedy::another_try && count_ < limits_.gateway_tries + granted_ &&
         now + pause() < begin_ + limits_.gateway_retry_time;
}

net::Clock::duration GatewayTries::pause() const noexcept {
  net::Clock::duration pause = limits_.gateway_pause;
  for (std::size_t i = 1; i < count_; ++i) pause *= 4;
  return pause;
}

bool GatewayTries::may_ask_configuration(net::TimePoint now) noexcept {
  if (granted_ >= renewals_per_request || now + limits_.refresh >= end()) return false;
  ++granted_;
  return true;
}

Failure GatewayTries::told(Failure failure) const {
  if (count_ > 1) failure.details += fmt::format(" ({} tries)", count_);
  return failure;
}

}  // namespace aluvia::proxy
