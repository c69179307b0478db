// Heartbeat: reports the proxy's status to a supervisor after every change, and at an interval without
// changes. Private to the module.
#pragma once

#include "admin/status_snapshot.hpp"
#include "agent/agent_connect_client.hpp"
#include "loop/deadline.hpp"

#include <functional>

namespace aluvia::agent {

/// Used on the loop thread only.
class Heartbeat {
 public:
  Heartbeat(loop::Loop& loop, HeartbeatOptions options, std::function<admin::StatusSnapshot()> status);

  /// Reports now and starts the interval again.
  void beat();

 private:
  const HeartbeatOptions options_;
  const std::function<admin::StatusSnapshot()> status_;
  loop::Deadline next_;
};

}  // namespace aluvia::agent
