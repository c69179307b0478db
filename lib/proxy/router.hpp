// Router: decides once per tunnel and per plain request between the gateway, the direct route, and none.
#pragma once

#include "config/live_config.hpp"
#include "http/authority.hpp"
#include "policy/action.hpp"
#include "proxy/budget_keeper.hpp"
#include "proxy/proxy_error.hpp"
#include "rules/route.hpp"

#include <string_view>

namespace aluvia::proxy {

/// The reason for the direct route where no rule matches.
inline constexpr std::string_view no_rule = "no rule matches";

/// A route decision with its reasons; kept as long as the tunnel or exchange lives.
struct Decision {
  config::Snapshot snapshot;  ///< keeps `why` valid
  rules::Route route = rules::Route::direct;
  std::string_view why;  ///< the policy, budget or rule that decided, or a phrase where none did
  policy::Action action = policy::Action::forward;
  bool is_over_budget = false;  ///< blocked, because a budget of the gateway is closed

  /// The request must not leave; `route` has no meaning then.
  bool is_blocked() const noexcept { return action == policy::Action::block; }

  std::uint64_t version() const noexcept { return snapshot ? snapshot->version : 0; }
  const policy::Policy* policy() const noexcept { return snapshot ? snapshot->policy.get() : nullptr; }
};

/// Returns why traffic decided by `then` must end.
enum class RouteChange {
  none,
  route,    ///< the rules send it another way, or the policy blocks it
  account,  ///< still through the gateway, but with other credentials, another session or place
};
RouteChange route_change(const Decision& then, const Decision& now) noexcept;

/// Returns true if traffic decided by `now` may use a connection that was opened by `then`: the route is the
/// same, and for the gateway also credentials, session and geo, which the gateway keeps per connection.
bool is_same_route(const Decision& then, const Decision& now) noexcept;

/// "direct", "gateway", or "none" for a request that is blocked.
std::string_view route_name(const Decision& decision) noexcept;

class Router {
 public:
  /// `budgets` as null: there are none.
  explicit Router(const config::LiveConfig& live, const BudgetKeeper* budgets = nullptr)
      : live_(live), budgets_(budgets) {}

  /// The policy comes first. Loopback and the metadata addresses of clouds never go through the gateway, even
  /// if a rule matches: the gateway would reach its own machine or cloud.
  Decision decide(const http::Authority& authority) const;
  /// Decides again about a request that is open.
  Decision decide_again(const http::Authority& authority) const;

  /// Returns the answer to a request that is blocked. Precondition: decision.is_blocked().
  ProxyError block_of(const Decision& decision, const http::Authority& authority) const;
  /// Returns the answer to a request whose budget was used up while it ran.
  ProxyError over_budget(const http::Authority& authority) const;

  /// True while the snapshot that made `decision` is in force.
  bool is_current(const Decision& decision) const noexcept { return decision.snapshot == live_.current(); }

 private:
  Decision decide_by_policy_and_rules(const http::Authority& authority) const;
  void apply_budgets(Decision& decision, const http::Authority& authority, BudgetKeeper::Asker asker) const;

  const config::LiveConfig& live_;
  const BudgetKeeper* budgets_;
};

}  // namespace aluvia::proxy
