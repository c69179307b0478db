// Router: decides once per tunnel and per plain request between the gateway and the direct route.
#pragma once

#include "config/live_config.hpp"
#include "http/authority.hpp"
#include "rules/route.hpp"

#include <string_view>

namespace aluvia::proxy {

/// A route decision with its reasons; kept as long as the tunnel or exchange lives.
struct Decision {
  config::Snapshot snapshot;  ///< keeps `why` valid
  rules::Route route = rules::Route::direct;
  std::string_view why;  ///< the rule that decided, or a phrase where none did

  std::uint64_t version() const noexcept { return snapshot ? snapshot->version : 0; }
};

/// Returns why traffic decided by `then` must end.
enum class RouteChange {
  none,
  route,    ///< the rules send it another way
  account,  ///< still through the gateway, but with other credentials, another session or place
};
RouteChange route_change(const Decision& then, const Decision& now) noexcept;

/// Returns true if traffic decided by `now` may use a connection that was opened by `then`: the route is the
/// same, and for the gateway also credentials, session and geo, which the gateway keeps per connection.
bool is_same_route(const Decision& then, const Decision& now) noexcept;

class Router {
 public:
  explicit Router(const config::LiveConfig& live) : live_(live) {}

  /// Loopback and the metadata addresses of clouds never go through the gateway, even if a rule matches: the
  /// gateway would reach its own machine or cloud.
  Decision decide(const http::Authority& authority) const;

  /// True while the snapshot that made `decision` is in force.
  bool is_current(const Decision& decision) const noexcept { return decision.snapshot == live_.current(); }

 private:
  const config::LiveConfig& live_;
};

}  // namespace aluvia::proxy
