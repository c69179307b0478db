// Reports to the service manager that started this process, such as systemd: ready, reloading, stopping,
// status, heartbeat, and the reason of a failed start (sd_notify(3)).
#pragma once

#include "agent/agent_connect_client.hpp"
#include "base/logger.hpp"
#include "exit_status.hpp"
#include "notify_socket.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace aluvia::app {

/// Where there is none, everything but failed() does nothing. A message that does not get through costs a log
/// line, and no more.
class ServiceManager {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the environment, so that no
  /// child speaks for this process: before there are threads.
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /// For messages that do not get through, and the last word in JSON. Not while other threads say something.
  void log_to(const Logger& logger) { logger_ = logger; }

  /// The start may take as long as `patience` besides what starts take.
  void starting(std::chrono::milliseconds patience);
  void ready();
  /// Answers what is to be called when the reload is over, on any thread, as long as this object lives.
  std::function<void()> reloading();
  /// Callbacks that pass the loop's status, the reason why a start waits, and the stop on to the service
  /// manager; open connections get `grace` during a stop. Empty without a service manager. Must not outlive
  /// this object.
  agent::HeartbeatOptions heartbeat(std::chrono::milliseconds grace);
  /// As complain(), in JSON where the log is, and the reason stands in the unit's status too. `error` is an
  /// errno, where one tells more.
  ExitStatus failed(ExitStatus status, std::string_view message, int error = 0);

 private:
  using Patience = NotifySocket::Patience;
  void pass_on(const std::string& status, bool stopping, std::chrono::milliseconds grace);
  /// Returns false where it did not get through.
  bool say(const std::string& message, Patience patience);

  const std::unique_ptr<NotifySocket> socket_;
  const std::chrono::microseconds watchdog_;  // zero: no watchdog
  Logger logger_;
  std::atomic<int> reloads_{0};
  std::atomic<bool> in_trouble_{false};
  bool stop_told_ = false;  // the loop's own
};

}  // namespace aluvia::app
