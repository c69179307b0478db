// The real ProxyServer on a loop in a thread of its own, with a configuration that the test publishes. Its
// end is part of every test: nothing may leak, stopped is told once, no task may have ended by a bug, and no
// log line may hold a credential.
#pragma once

#include "peer.hpp"
#include "policy/policy.hpp"
#include "proxy/access_control.hpp"
#include "proxy/gateway/circuit_breaker.hpp"
#include "proxy/gateway/credential_refresh.hpp"
#include "proxy/limits.hpp"
#include "proxy/services.hpp"
#include "proxy/upstream/destination_policy.hpp"
#include "sandbox/sandbox.hpp"
#include "telemetry/counters.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::proxy {
struct SiteOutlook;
}
namespace aluvia::config {
struct UserNetworkConfig;
}

namespace aluvia::test {

/// `Basic` with base64 of user:secret, which every configuration has unless it says otherwise.
inline constexpr std::string_view gateway_credential = "Basic dXNlcjpzZWNyZXQ=";

struct ProxySettings {
  proxy::Limits limits = {};
  std::vector<std::string> rules = {};
  policy::PolicyTexts policy = {};
  std::uint16_t gateway_port = 1;
  std::string dns_server = {};  ///< address:port
  std::string hosts_file = {};  ///< empty: the machine's
  std::string gateway_ca = {};  ///< not empty: the gateway is spoken to over TLS
  std::string gateway_host = "127.0.0.1";
  std::size_t gateway_warm = 0;
  proxy::EarlyConnectMode early_connect = proxy::EarlyConnectMode::off;
  proxy::CredentialRefresh::Request request_refresh = {};
  std::string host = "127.0.0.1";
  proxy::AccessOptions admission = {};
  std::vector<std::string> allow_from = {};
  /// The emulated DNS leads every name to this machine.
  proxy::DestinationOptions guard = {.allow_loopback_names = true};
  proxy::LocalAnswers local_answers = {};
  telemetry::RequestObserver on_request = {};
  ledger::Ledger* ledger = nullptr;
  proxy::BudgetOptions budgets = {};
  LogLevel log_level = LogLevel::debug;
};

class Proxy {
 public:
  explicit Proxy(ProxySettings settings = {});
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::uint16_t port() const { return port_; }
  std::string authority() const { return "127.0.0.1:" + std::to_string(port()); }
  /// A client of the proxy.
  Peer client(int receive_buffer = 0) const { return connect_to(port(), receive_buffer); }
  /// A client whose CONNECT has been answered.
  Peer tunnel(std::string_view authority) const;

  /// A new configuration with a new version; in force when it returns.
  void publish(std::vector<std::string> rules, const std::string& user = "user");
  /// The same with several configurations, one after the other in one turn of the loop; returns what the log
  /// holds at its end.
  std::string publish_and_log(std::vector<std::vector<std::string>> configurations);

  /// From the next publish() on.
  void set_policy(policy::PolicyTexts policy) { settings_.policy = std::move(policy); }
  void set_gateway_port(std::uint16_t port) { settings_.gateway_port = port; }

  telemetry::Counters counters();
  std::size_t warm_connections();
  proxy::EarlyConnectState early_connect();
  proxy::GatewayHealth gateway_health();
  /// The failure that the server foresees for `authority`, once it has looked its name up.
  std::optional<proxy::ProxyError> foresees(const std::string& authority);
  /// Asks the same and does not wait for the answer.
  void begins_to_foresee(const std::string& authority, std::function<void(proxy::SiteOutlook)> done);
  /// Returns true if no connection and no tunnel is open.
  bool is_empty();
  std::vector<budget::BudgetView> budgets();
  /// Runs there; returns when it has.
  void on_loop(const std::function<void()>& action);
  std::string log();
  /// Waits until the log holds `text`; fails the test when it does not come.
  void waits_for_log(std::string_view text);

  /// Stops the loop from doing anything as long as the object lives, so that events come at once.
  class Hold;
  Hold hold();

  /// Begins to stop and returns.
  void stop(std::chrono::milliseconds grace);
  /// The same behind `action` and before the loop looks at any socket again.
  void stop_with(const std::function<void()>& action, std::chrono::milliseconds grace);
  bool is_stopped();
  void waits_until_stopped();

 private:
  friend class Hold;
  struct Running;

  std::shared_ptr<const config::UserNetworkConfig> next_snapshot(std::vector<std::string> rules,
                                                                 const std::string& user);

  ProxySettings settings_;
  std::uint64_t version_ = 0;
  std::uint16_t port_ = 0;
  std::unique_ptr<Running> running_;
};

class Proxy::Hold {
 public:
  explicit Hold(Proxy& proxy);
  ~Hold();
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A sandbox that has been started, for its DNS (every name is this machine) or all of it.
class SandboxFixture : public sandbox::Sandbox {
 public:
  SandboxFixture();
  std::string dns() const { return "127.0.0.1:" + std::to_string(ports().dns); }
};

/// Waits until `holds`; fails the test when it never does. For what cannot tell that it has happened.
void wait_until(const std::function<bool()>& holds);

}  // namespace aluvia::test
