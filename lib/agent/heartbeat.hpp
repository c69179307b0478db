// Heartbeat: tells a supervisor the proxy's status after every change, and at an interval without one.
// Private to the module.
#pragma once

#include "admin/status_snapshot.hpp"
#include "agent/agent_connect_client.hpp"
#include "loop/deadline.hpp"

#include <functional>

namespace aluvia::agent {

/// Loop thread only.
class Heartbeat {
 public:
  Heartbeat(loop::Loop& loop, HeartbeatOptions options, std::function<admin::StatusSnapshot()> status);

  /// Beats now and starts the interval again: frequent changes need no timer.
  void beat();

 private:
  const HeartbeatOptions options_;
  const std::function<admin::StatusSnapshot()> status_;
  loop::Deadline next_;
};

}  // namespace aluvia::agent
