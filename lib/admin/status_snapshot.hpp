// Everything that can be told about a running proxy, as values of one moment. Whoever knows both planes fills
// them in; this room only shows them.
#pragma once

#include "base/secret.hpp"
#include "config/user_network_config.hpp"
#include "http/authority.hpp"
#include "rules/route.hpp"
#include "telemetry/counters.hpp"
#include "telemetry/tunnel_view.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::admin {

using Time = std::chrono::system_clock::time_point;

/// What the last calls to the API came to.
struct ApiFacts {
  std::optional<Time> fetched_at;    ///< when the configuration in use came
  std::optional<Time> confirmed_at;  ///< when the API said last that it is the one
  std::optional<Time> last_poll_at;
  std::optional<Time> next_poll_at;
  std::uint32_t failures_in_row = 0;
  std::string_view trouble = "none";  ///< a word: "token_refused"; "none" where all is well
  std::optional<int> http_status;     ///< of the trouble
  std::string reason;                 ///< one line for people; empty without trouble
  std::string claim_url;              ///< where to pay; may be of use to others, so only its owner sees it
  bool usable = true;                 ///< false where the account may not use what is known
  bool from_cache = false;
  std::optional<Time> cached_at;
};

/// Whether the gateway can be used, as far as requests have shown.
struct GatewayFacts {
  bool ok = true;
  std::chrono::milliseconds failing_for{0};
  std::string reason;  ///< one phrase for people; may name a host, so only the owner sees it
};

struct StatusSnapshot {
  Time now;
  Time started_at;
  std::string url;  ///< http://127.0.0.1:54321
  int pid = 0;
  config::Snapshot snapshot;  ///< null before the first
  ApiFacts api;
  GatewayFacts gateway;
  telemetry::Counters traffic;  ///< with what open tunnels have moved so far
  std::size_t open_connections = 0;
  std::size_t open_tunnels = 0;
  bool stopping = false;
};

/// The answer that the proxy gives to a request which it sends nowhere.
struct Rejection {
  int status = 403;    ///< HTTP
  std::string reason;  ///< one phrase for people
  std::string advice;  ///< a sentence; may be empty
};

/// Forecast of a request that comes now.
struct Explanation {
  rules::Route route = rules::Route::direct;
  std::string why;  ///< the rule that decides, or a phrase
  std::uint64_t version = 0;
  std::optional<Rejection> rejection{};  ///< then the request takes no route
  std::string trouble{};  ///< one phrase: why the route fails at this moment; empty where nothing is known
};

/// Where the values come from. All are called on the loop and must not block. `explain` may look a name up:
/// it calls `done` on the loop, maybe at once, and never where the proxy is stopped first.
struct Source {
  std::function<StatusSnapshot()> facts;
  std::function<telemetry::TunnelViews(std::size_t most)> tunnels;
  std::function<void(const http::Authority&, std::function<void(Explanation)> done)> explain;
  std::function<Secret()> client_url;  ///< with the user and password that clients need, where they do
};

/// To whom something is shown: everybody who can connect to the proxy's port, or the user who runs it.
enum class Audience { anyone, owner };

}  // namespace aluvia::admin
