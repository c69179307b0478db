#include "agent/pulse.hpp"

#include "admin/status_text.hpp"

#include <utility>

namespace aluvia::agent {

Pulse::Pulse(loop::Loop& loop, Heartbeat heartbeat, std::function<admin::StatusSnapshot()> facts)
    : heartbeat_(std::move(heartbeat)),
      facts_(std::move(facts)),
      next_(loop.get_executor(), [this] { beat(); }) {}

void Pulse::beat() {
  const admin::StatusSnapshot facts = facts_();
  heartbeat_.beat({admin::status_line(facts), facts.stopping});
  if (heartbeat_.interval > std::chrono::milliseconds::zero()) next_.set_after(heartbeat_.interval);
}

}  // namespace aluvia::agent
