// One run from start to stop: the two planes, their threads, and the order in which they begin and end.
// Private to the room.
#pragma once

#include "agent/agent_connect_client.hpp"
#include "control/config_manager.hpp"
#include "net/asio.hpp"
#include "proxy/proxy_server.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace aluvia::agent {

class Running {
 public:
  explicit Running(const AgentConnectClientOptions& options);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  /// The specification's order: configuration, proxy, polling. Throws as AgentConnectClient::start(). Once.
  void start();
  std::string host() const { return endpoint_.address().to_string(); }
  std::uint16_t port() const noexcept { return endpoint_.port(); }

  void request_stop(std::chrono::milliseconds grace);
  void wait_stopped();
  void refresh() { manager_->refresh_now(); }
  std::chrono::milliseconds grace() const noexcept { return options_.shutdown_grace; }

 private:
  enum class Phase { idle, starting, running, stopped };

  std::unique_ptr<control::ConfigManager> make_manager();
  config::Snapshot first_configuration();
  void open_proxy(config::Snapshot first);
  void run_loop();
  void stop_planes(std::chrono::milliseconds grace);
  void end_loop();
  void enter(Phase phase);

  const AgentConnectClientOptions options_;
  net::Loop loop_{1};
  std::optional<asio::executor_work_guard<net::Executor>> keep_running_;
  std::unique_ptr<proxy::ProxyServer> server_;
  std::unique_ptr<control::ConfigManager> manager_;
  net::Endpoint endpoint_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Phase phase_ = Phase::idle;
  bool stop_asked_ = false;
  std::thread loop_thread_;
};

}  // namespace aluvia::agent
