// Reports to the service manager that started this process, such as systemd: ready, reloading, stopping,
// status, heartbeat, and the reason of a failed start (sd_notify(3)).
#pragma once

#include "agent/agent_connect_client.hpp"
#include "base/logger.hpp"
#include "exit_status.hpp"
#include "notify_socket.hpp"
#include "start_failure.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace aluvia::app {

/// Without a service manager, everything except failed() does nothing. A message that cannot be sent is
/// logged and has no other effect.
class ServiceManager {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and removes them from the environment, so that no
  /// child sends messages for this process. Must be called before other threads run.
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /// Sets the logger for messages that cannot be sent, and for failed(). Not while other threads use this
  /// object.
  void log_to(const Logger& logger) { logger_ = logger; }

  /// Reports a start that may take `patience` longer than usual.
  void starting(std::chrono::milliseconds patience);
  void ready();
  /// Reports a reload. Returns a function to call when the reload has ended, on any thread, while this object
  /// lives.
  std::function<void()> reloading();
  /// Returns callbacks that report the loop's status, the reason why a start waits, and the stop to the
  /// service manager; open connections get `grace` during a stop. Empty without a service manager. Must not
  /// outlive this object.
  agent::HeartbeatOptions heartbeat(std::chrono::milliseconds grace);
  /// Works like complain(), in JSON if the log is JSON, and sets the unit's status too.
  ExitStatus failed(ExitStatus status, std::string_view message, const FailureDetails& details = {});

 private:
  using Patience = NotifySocket::Patience;
  void pass_on(const std::string& status, bool stopping, std::chrono::milliseconds grace);
  /// Returns false if the message could not be sent.
  bool say(const std::string& message, Patience patience);

  const std::unique_ptr<NotifySocket> socket_;
  const std::chrono::microseconds watchdog_;  // zero: no watchdog
  Logger logger_;
  std::atomic<int> reloads_{0};
  std::atomic<bool> in_trouble_{false};
  bool stop_told_ = false;  // loop thread only
};

}  // namespace aluvia::app
