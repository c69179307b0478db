#include "proxy/router.hpp"

namespace aluvia::proxy {

Decision Router::decide(const http::Authority& authority) const {
  Decision decision{live_.current(), rules::Route::direct, "no rule matches"};
  if (http::is_loopback(authority)) {
    decision.why = "loopback is always direct";
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
