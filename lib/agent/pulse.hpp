// The proxy's sign of life, given on the loop: when there is news, and otherwise at an interval. Private to
// the room.
#pragma once

#include "admin/status_snapshot.hpp"
#include "agent/agent_connect_client.hpp"
#include "loop/deadline.hpp"

#include <functional>

namespace aluvia::agent {

/// Loop thread only.
class Pulse {
 public:
  Pulse(loop::Loop& loop, Heartbeat heartbeat, std::function<admin::StatusSnapshot()> status);

  /// Now, and next time an interval later: as long as there is news there is no timer of its own.
  void beat();

 private:
  const Heartbeat heartbeat_;
  const std::function<admin::StatusSnapshot()> status_;
  loop::Deadline next_;
};

}  // namespace aluvia::agent
