// Runtime: one run from start to stop. It owns the two planes and their threads, and orders their start and
// end. Private to the module.
#pragma once

#include "access_log/access_log.hpp"
#include "admin/control_socket.hpp"
#include "admin/live_feed.hpp"
#include "admin/self_endpoint.hpp"
#include "agent/agent_connect_client.hpp"
#include "agent/auto_service.hpp"
#include "agent/gateway_sessions.hpp"
#include "agent/heartbeat.hpp"
#include "agent/usage_service.hpp"
#include "control/config_manager.hpp"
#include "ledger/ledger.hpp"
#include "loop/loop.hpp"
#include "net/endpoint.hpp"
#include "proxy/proxy_server.hpp"
#include "telemetry/request_metrics.hpp"
#include "telemetry/request_ring.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace aluvia::agent {

class Runtime {
 public:
  explicit Runtime(const AgentConnectClientOptions& options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Starts configuration, proxy and polling, in this order (specification). Throws as
  /// AgentConnectClient::start(). Called at most once.
  void start();
  /// Fetches the configuration and returns the number of its rules. Used instead of start().
  std::size_t check();
  std::string host() const { return endpoint_.address().to_string(); }
  std::uint16_t port() const noexcept { return endpoint_.port(); }
  /// Returns the URL of the listening address, or of loopback if the proxy listens on all addresses.
  std::string url() const;
  Secret client_url() const;

  /// Begins to stop. Any thread, at any time. Of several calls, the earliest deadline counts.
  void request_stop(std::chrono::milliseconds grace);
  bool stop_asked() const;
  /// Blocks until start() has failed or the run has ended.
  void wait_stopped();
  void refresh(std::function<void()> done);
  void reopen_logs() {
    if (access_log_) access_log_->reopen();
  }
  /// Calls ConfigManager::change(): `done` runs on the poll thread, so it posts work for the loop.
  void change(config::Edit edit, config::ChangeDone done) {
    manager_->change(std::move(edit), std::move(done));
  }
  config::ControlStatus status() const { return manager_->status(); }
  /// Returns the traffic of this run; zeros until it has stopped.
  telemetry::Counters traffic() const;
  std::chrono::milliseconds grace() const noexcept { return options_.shutdown_grace; }

 private:
  enum class Phase { starting, running, stopped };
  using Clock = std::chrono::steady_clock;

  std::unique_ptr<control::ConfigManager> make_manager();
  void open_usage();
  void open_auto();
  void connect_auto();
  void check_address() const;
  void open_access_log();
  telemetry::RequestObserver observer();
  telemetry::RequestObserver open_observer();
  config::Snapshot first_configuration();
  /// Its functions must be called on the loop, while server and manager live.
  admin::StatusProvider provider();
  admin::StatusSnapshot with_own_facts(admin::StatusSnapshot status) const;
  void accept_clients();
  void open_pages();
  void remember_hosts();
  void remember_gateway();
  void open_control_socket();
  void open_proxy(config::Snapshot first);
  void start_planes();
  void run_loop();
  void stop_planes(Clock::time_point end);
  void stop_server(Clock::time_point end);
  void begin_stop();
  void beat();
  void end_loop();
  void end_server();
  void set_stopped();

  const AgentConnectClientOptions options_;
  std::unique_ptr<access_log::AccessLog> access_log_;  // null: none; set before threads run
  loop::Loop loop_;
  std::optional<loop::KeepRunning> keep_running_;
  ledger::Ledger ledger_;
  std::unique_ptr<UsageService> usage_;  // set while the run lasts
  std::unique_ptr<AutoService> auto_;    // likewise; null: no hosts are learned
  std::unique_ptr<proxy::ProxyServer> server_;
  std::unique_ptr<GatewaySessions> gateway_sessions_;  // null: none are kept; uses server_ until its finish()
  std::unique_ptr<control::ConfigManager> manager_;
  telemetry::RequestRing recent_;      // loop thread only
  telemetry::RequestMetrics metrics_;  // loop thread only
  std::optional<admin::LiveFeed> live_;
  std::optional<admin::SelfEndpoint> local_port_;
  std::unique_ptr<admin::ControlSocket> control_socket_;
  std::optional<Heartbeat> heartbeat_;  // set if options_.heartbeat.on_beat is set
  net::Endpoint endpoint_;
  Clock::time_point end_ = Clock::time_point::max();  // end of the grace time; loop thread only

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Phase phase_ = Phase::starting;
  bool stop_asked_ = false;
  telemetry::Counters traffic_;
  std::thread loop_thread_;
  std::thread stopper_;  // see begin_stop()
};

}  // namespace aluvia::agent
