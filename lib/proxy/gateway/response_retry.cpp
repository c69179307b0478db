#include "proxy/gateway/response_retry.hpp"

#include "base/secret.hpp"
#include "loop/event.hpp"

#include <utility>

namespace aluvia::proxy {
namespace {

ProxyError fault_in(const http::ResponseHead& answer) {
  const bool rejects_credentials = answer.status == 407;
  return {rejects_credentials ? ProxyErrorKind::gateway_credentials : ProxyErrorKind::gateway_refused,
          {},
          answer.status};
}

}  // namespace

bool ResponseRetry::may_help(const http::ResponseHead& answer, bool is_repeatable) {
  const Retry retry = retry_for(fault_in(answer));
  if (retry != Retry::another_try) return retry != Retry::none;
  return is_repeatable && http::find_field(answer.fields, "Retry-After") == nullptr;
}

loop::Task<bool> ResponseRetry::is_to_be_sent_again(const http::ResponseHead& answer, Request request) {
  const ProxyError fault = fault_in(answer);
  if (retry_for(fault) == Retry::fresh_configuration) co_return co_await renew_credentials(request);
  co_return co_await pause(fault);
}

loop::Task<bool> ResponseRetry::pause(const ProxyError& fault) {
  const loop::TimePoint now = loop::Clock::now();
  if (!tries_) tries_.emplace(services_.limits, now);
  tries_->begin_next(now);
  if (!tries_->allows_another(fault, now)) co_return false;
  co_await loop::pause(client_.executor(), tries_->pause());
  co_return client_.peer_state() != net::PeerState::gone;
}

// The request is the same but for the credentials, so it can be sent again where it still goes to the
// gateway.
loop::Task<bool> ResponseRetry::renew_credentials(Request request) {
  has_renewed_ = false;
  if (++renewals_ > renewals_per_request) co_return false;
  has_renewed_ = co_await services_.gateway.refresh.renew(request.decision, request.authority);
  Decision now = services_.router.decide(request.authority);
  if (!has_renewed_ || !request.is_whole || now.route != rules::Route::gateway) co_return false;
  const std::string_view old = request.decision.snapshot->gateway_authorization.reveal();
  const std::size_t place = request.head.rfind(old);
  if (place == std::string::npos) co_return false;
  std::string renewed;
  const std::string_view fresh = now.snapshot->gateway_authorization.reveal();
  renewed.reserve(request.head.size() + fresh.size());
  renewed.append(request.head, 0, place).append(fresh).append(request.head, place + old.size());
  wipe(request.head);
  request.head = std::move(renewed);
  request.decision = std::move(now);
  co_return true;
}

}  // namespace aluvia::proxy
