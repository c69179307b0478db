#include "proxy/router.hpp"

#include "proxy/upstream/destination_policy.hpp"

namespace aluvia::proxy {

RouteChange route_change(const Decision& then, const Decision& now) noexcept {
  if (then.route != now.route) return RouteChange::route;
  if (now.route == rules::Route::direct || then.snapshot == now.snapshot) return RouteChange::none;
  const bool is_same = then.snapshot->gateway == now.snapshot->gateway &&
                       then.snapshot->gateway_authorization == now.snapshot->gateway_authorization &&
                       then.snapshot->session_id == now.snapshot->session_id &&
                       then.snapshot->target_geo == now.snapshot->target_geo;
  return is_same ? RouteChange::none : RouteChange::account;
}

bool is_same_route(const Decision& then, const Decision& now) noexcept {
  return route_change(then, now) == RouteChange::none;
}

Decision Router::decide(const http::Authority& authority) const {
  Decision decision{live_.current(), rules::Route::direct, "no rule matches"};
  if (http::is_loopback(authority)) {
    decision.why = "loopback is always direct";
    return decision;
  }
  if (is_metadata(authority)) {
    decision.why = "metadata addresses are always direct";
    return decision;
  }
  if (!decision.snapshot) {
    // Specification §5.3: without a configuration, bypass. Cannot happen after a successful start.
    decision.why = "no configuration yet";
    return decision;
  }
  const rules::Match match = decision.snapshot->rules.match(authority.host);
  decision.route = match.route;
  if (!match.rule.empty()) decision.why = match.rule;
  return decision;
}

}  // namespace aluvia::proxy
