// One run from start to stop: the two planes, their threads, and the order in which they begin and end.
// Private to the room.
#pragma once

#include "admin/control_socket.hpp"
#include "admin/self_endpoint.hpp"
#include "agent/agent_connect_client.hpp"
#include "agent/heartbeat.hpp"
#include "control/config_manager.hpp"
#include "loop/asio.hpp"
#include "net/endpoint.hpp"
#include "proxy/proxy_server.hpp"

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

  /// The specification's order: configuration, proxy, polling. Throws as AgentConnectClient::start(). Once.
  void start();
  /// Instead of start(): fetches the configuration, and no more; the number of its rules.
  std::size_t check();
  std::string host() const { return endpoint_.address().to_string(); }
  std::uint16_t port() const noexcept { return endpoint_.port(); }
  /// Of the address that it listens on; of loopback where it listens on all.
  std::string url() const;
  Secret client_url() const;

  /// Any thread, at any time. Of several the one that ends first counts.
  void request_stop(std::chrono::milliseconds grace);
  bool stop_asked() const;
  /// Until start() has failed or what it started has ended.
  void wait_stopped();
  void refresh(std::function<void()> done);
  /// As ConfigManager::change(): `done` runs on the poll thread; whoever needs the loop posts.
  void change(config::Edit edit, config::ChangeDone done) {
    manager_->change(std::move(edit), std::move(done));
  }
  config::ControlStatus status() const { return manager_->status(); }
  /// Traffic of this run; zeros until it has stopped.
  telemetry::Counters traffic() const;
  std::chrono::milliseconds grace() const noexcept { return options_.shutdown_grace; }

 private:
  enum class Phase { starting, running, stopped };
  using Clock = std::chrono::steady_clock;

  std::unique_ptr<control::ConfigManager> make_manager();
  config::Snapshot first_configuration();
  void open_control_socket();
  void open_proxy(config::Snapshot first);
  void log_opened(const config::UserNetworkConfig& first) const;
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
  loop::Loop loop_{1};
  std::optional<asio::executor_work_guard<loop::Executor>> keep_running_;
  std::unique_ptr<proxy::ProxyServer> server_;
  std::unique_ptr<control::ConfigManager> manager_;
  std::optional<admin::SelfEndpoint> local_port_;
  std::unique_ptr<admin::ControlSocket> control_socket_;
  std::optional<Heartbeat> heartbeat_;  // set when options_.heartbeat.on_beat is
  net::Endpoint endpoint_;
  Clock::time_point end_ = Clock::time_point::max();  // of the grace; the loop's own

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Phase phase_ = Phase::starting;
  bool stop_asked_ = false;
  telemetry::Counters traffic_;
  std::thread loop_thread_;
  std::thread stopper_;  // see begin_stop()
};

}  // namespace aluvia::agent
