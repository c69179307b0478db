#include "proxy/gateway/circuit_breaker.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::proxy {

bool CircuitBreaker::is_open() const noexcept {
  return faults_ >= limits_.gateway_faults;
}

std::optional<ProxyError> CircuitBreaker::rejection(loop::TimePoint now) {
  if (!is_open()) return std::nullopt;
  if (now >= retry_at_) {
    retry_at_ = now + rest_;  // also where the probe's client leaves and nothing is ever heard of it
    return std::nullopt;
  }
  const auto wait = std::chrono::ceil<std::chrono::seconds>(retry_at_ - now);
  return ProxyError{ProxyErrorKind::gateway_down,
                    fmt::format("the gateway has failed {} times in a row and is left alone for {} s: {}",
                                faults_, wait.count(), reason_)};
}

void CircuitBreaker::answered() {
  if (is_open()) logger_.info("gateway_back", "the gateway is back");
  forget();
}

void CircuitBreaker::failed(const ProxyError& failure, std::string_view authority, loop::TimePoint now) {
  if (!authority.empty() && faults_ > 0 && authority == silent_about_) return;
  silent_about_ = authority;
  if (faults_ == 0) first_fault_ = now;
  ++faults_;
  last_fault_ = now;
  reason_ = failure.details;
  if (!is_open()) return;
  const bool opens_now = faults_ == limits_.gateway_faults;
  rest_ = opens_now ? limits_.gateway_rest
                    : std::min<loop::Clock::duration>(2 * rest_, limits_.gateway_longest_rest);
  retry_at_ = now + rest_;
  if (!opens_now) return;
  ++opened_;
  logger_.warn({"gateway_down", {{"reason", reason_}, {"failures", faults_}}},
               "the gateway is down; requests that need it fail at once: {}", reason_);
}

void CircuitBreaker::forget() {
  if (is_open()) ++closed_;
  faults_ = 0;
  silent_about_.clear();
  reason_.clear();
}

GatewayHealth CircuitBreaker::health(loop::TimePoint now) const {
  if (!is_open() || last_fault_ + limits_.gateway_fault_memory < now) return {};
  return {false, first_fault_, reason_};
}

}  // namespace aluvia::proxy
