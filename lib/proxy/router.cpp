#include "proxy/router.hpp"

#include "proxy/destination_guard.hpp"

namespace aluvia::proxy {

WayChange way_change(const Decision& then, const Decision& now) noexcept {
  if (then.route != now.route) return WayChange::route;
  if (now.route == rules::Route::direct || then.snapshot == now.snapshot) return WayChange::none;
  const bool is_same = then.snapshot->gateway == now.snapshot->gateway &&
                       then.snapshot->gateway_authorization == now.snapshot->gateway_authorization &&
                       then.snapshot->session_id == now.snapshot->session_id &&
                       then.snapshot->target_geo == now.snapshot->target_geo;
  return is_same ? WayChange::none : WayChange::account;
}

bool leads_the_same_way(const Decision& then, const Decision& now) noexcept {
  return way_change(then, now) == WayChange::none;
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
