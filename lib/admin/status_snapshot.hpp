// StatusSnapshot: the state of a running proxy at one moment. The agent, which knows both planes, fills it
// in; this module only shows it.
#pragma once

#include "admin/auto_view.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/secret_string.hpp"
#include "budget/budget.hpp"
#include "config/control_status.hpp"
#include "config/user_network_config.hpp"
#include "http/authority.hpp"
#include "learn/host_state.hpp"
#include "ledger/usage.hpp"
#include "policy/action.hpp"
#include "rules/route.hpp"
#include "telemetry/counters.hpp"
#include "telemetry/poll_metrics.hpp"
#include "telemetry/request_id.hpp"
#include "telemetry/request_metrics.hpp"
#include "telemetry/tunnel_view.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::admin {

using Time = std::chrono::system_clock::time_point;

/// The reader of a text: anyone who can connect to the proxy's port, or the user who runs the proxy.
enum class Audience { anyone, owner };

/// The state of the gateway, as far as requests have shown.
struct GatewayStatus {
  bool ok = true;
  std::chrono::milliseconds failing_for{0};
  std::string reason;    ///< one phrase for people; it may name a host, so only the owner sees it
  std::size_t warm = 0;  ///< connections that are open ahead of need
  std::string_view early_connect = "off";                   ///< a word or phrase of proxy::name_of()
  std::size_t known_hosts = 0;                              ///< that early CONNECTs may go to
  std::optional<std::chrono::microseconds> connect_time{};  ///< of the last connect, with TLS; none yet
};

struct StatusSnapshot {
  Time now;
  Time started_at;
  std::string url;  ///< http://127.0.0.1:54321
  int pid = 0;
  std::string command;         ///< the command that runs the proxy, without secrets; may be empty
  std::string directory;       ///< its working directory; may be empty
  std::string control_socket;  ///< path of its Unix socket; empty: there is none
  config::Snapshot snapshot;   ///< null before the first
  config::ControlStatus api;
  GatewayStatus gateway;
  telemetry::Counters traffic;         ///< includes the bytes of open tunnels
  telemetry::RequestMetrics requests;  ///< finished ones
  telemetry::PollMetrics polls;
  std::size_t open_connections = 0;
  std::size_t open_tunnels = 0;
  AutoStatus learning;
  bool stopping = false;
  std::vector<budget::BudgetView> budgets{};
};

/// The proxy's own answer to a request that it forwards nowhere.
struct Rejection {
  int status = 403;    ///< HTTP
  std::string reason;  ///< one phrase for people
  std::string advice;  ///< a sentence; may be empty
};

/// The last request of a host that failed, as its line in the access log.
struct FailedRequest {
  telemetry::RequestId id;
  Time time;           ///< when it began
  std::string error;   ///< type of RFC 9209
  std::string reason;  ///< one phrase for people; may be empty
};

/// The forecast for a request that arrives now.
struct Explanation {
  rules::Route route = rules::Route::direct;
  std::string why;  ///< the policy or rule that decides, or a phrase
  std::uint64_t version = 0;
  std::optional<Rejection> rejection{};  ///< where set, the request takes no route
  std::string trouble{};  ///< one phrase: the reason why the route fails now; empty where none is known
  std::optional<FailedRequest> last_failure{};  ///< of the host, if it is still known
  policy::Action action = policy::Action::forward;
  std::vector<budget::BudgetView> budgets{};  ///< that a request through the gateway counts in
  std::optional<learn::HostState> learned{};  ///< of the host, if AUTO knows it
};

/// The error is a sentence: the question needs a state directory.
using UsageResult = Result<ledger::UsageReport, std::string>;

/// Gives the values to this module. All functions are called on the loop and must not block. `explain` may
/// look a name up: it calls `done` on the loop, possibly before it returns, and never where the proxy stops
/// first.
struct StatusProvider {
  std::function<StatusSnapshot()> status;
  std::function<telemetry::TunnelViews(std::size_t most)> tunnels;
  /// Calls `done` as explain() does, with the answer of /live after the request `since`; empty: there is
  /// none.
  std::function<void(std::uint64_t since, Audience, std::function<void(SecretString)> done)> live;
  std::function<void(const http::Authority&, std::function<void(Explanation)> done)> explain;
  /// Patterns that an allow-list in audit mode would need for the requests that it has let through; empty:
  /// there are none.
  std::function<std::vector<std::string>()> audited;
  /// Hosts that AUTO has learned or suggests, oldest first; empty: this proxy learns none.
  std::function<std::vector<learn::HostState>()> learned;
  /// Calls `done` as explain() does.
  std::function<void(const ledger::UsageQuery&, std::function<void(UsageResult)> done)> usage;
  /// Returns the hosts that metrics name, most gateway bytes first; empty function: none.
  std::function<std::vector<ledger::UsageRow>()> hosts;
  std::function<Secret()> client_url;  ///< with the user and password of clients, where they need one
  /// Environment variables that clients need besides the URL; may be empty.
  std::function<std::vector<std::pair<std::string, std::string>>()> client_variables;
};

}  // namespace aluvia::admin
