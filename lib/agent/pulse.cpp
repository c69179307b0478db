#include "agent/pulse.hpp"

#include "admin/status_text.hpp"

#include <utility>

namespace aluvia::agent {

Pulse::Pulse(loop::Loop& loop, Heartbeat heartbeat, std::function<admin::StatusSnapshot()> status)
    : heartbeat_(std::move(heartbeat)),
      status_(std::move(status)),
      next_(loop.get_executor(), [this] { beat(); }) {}

void Pulse::beat() {
  const admin::StatusSnapshot status = status_();
  heartbeat_.beat({admin::status_line(status), status.stopping});
  if (heartbeat_.interval > std::chrono::milliseconds::zero()) next_.set_after(heartbeat_.interval);
}

}  // namespace aluvia::agent
