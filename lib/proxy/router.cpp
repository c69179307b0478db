#include "proxy/router.hpp"

#include "base/logger.hpp"
#include "policy/local_rules.hpp"
#include "policy/policy.hpp"
#include "proxy/upstream/destination_policy.hpp"

#include <fmt/format.h>

namespace aluvia::proxy {

RouteChange route_change(const Decision& then, const Decision& now) noexcept {
  if (then.route != now.route || then.is_blocked() != now.is_blocked()) return RouteChange::route;
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

std::string_view route_name(const Decision& decision) noexcept {
  return decision.is_blocked() ? "none" : rules::name(decision.route);
}

ProxyError Router::block_of(const Decision& decision, const http::Authority& authority) const {
  if (decision.is_over_budget) return over_budget(authority);
  if (decision.why == policy::no_only_pattern) {
    return {ProxyErrorKind::blocked,
            fmt::format("{} is outside the allow-list of this proxy ({})", authority.text(), decision.why)};
  }
  return {ProxyErrorKind::blocked, fmt::format("{} is blocked by the policy of this proxy ({})",
                                               authority.text(), printable(decision.why, 80))};
}

ProxyError Router::over_budget(const http::Authority& authority) const {
  if (budgets_) return budgets_->rejection(authority);
  return {ProxyErrorKind::over_budget, fmt::format("the budget of {} is used up", authority.text())};
}

Decision Router::decide(const http::Authority& authority) const {
  Decision decision = decide_by_policy_and_rules(authority);
  if (budgets_ && !budgets_->empty()) [[unlikely]]
    apply_budgets(decision, authority, BudgetKeeper::Asker::new_request);
  return decision;
}

Decision Router::decide_again(const http::Authority& authority) const {
  Decision decision = decide_by_policy_and_rules(authority);
  if (budgets_) apply_budgets(decision, authority, BudgetKeeper::Asker::open_request);
  return decision;
}

// A request never goes directly because a budget is used up: the site would see the address of this machine.
void Router::apply_budgets(Decision& decision, const http::Authority& authority,
                           BudgetKeeper::Asker asker) const {
  if (decision.is_blocked() || decision.route != rules::Route::gateway) return;
  const policy::BudgetSpec* const closed = budgets_->closed_for(authority, asker);
  if (!closed) return;
  decision.action = policy::Action::block;
  decision.is_over_budget = true;
  decision.why = "budget";
  if (!decision.policy()) return;
  // The text lives as long as the decision's snapshot.
  for (const policy::BudgetSpec& spec : decision.policy()->budgets()) {
    if (spec.has_scope_of(*closed)) decision.why = spec.name;
  }
}

Decision Router::decide_by_policy_and_rules(const http::Authority& authority) const {
  Decision decision{live_.current(), rules::Route::direct, no_rule};
  if (decision.snapshot && decision.snapshot->policy) {
    const policy::Verdict verdict = decision.snapshot->policy->judge(authority.host, authority.port);
    decision.action = verdict.action;
    if (decision.is_blocked()) {
      decision.why = verdict.policy;
      return decision;
    }
  }
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
  const config::UserNetworkConfig& config = *decision.snapshot;
  const rules::Match match = policy::match(config.rules, config.own_rules, authority.host, authority.port);
  decision.route = match.route;
  if (!match.rule.empty()) decision.why = match.rule;
  return decision;
}

}  // namespace aluvia::proxy
