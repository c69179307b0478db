#include "agent/heartbeat.hpp"

#include "admin/status_text.hpp"

#include <utility>

namespace aluvia::agent {

Heartbeat::Heartbeat(loop::Loop& loop, HeartbeatOptions options,
                     std::function<admin::StatusSnapshot()> status)
    : options_(std::move(options)),
      status_(std::move(status)),
      next_(loop.get_executor(), [this] { beat(); }) {}

void Heartbeat::beat() {
  const admin::StatusSnapshot status = status_();
  options_.on_beat(admin::status_line(status), status.stopping);
  if (options_.interval > std::chrono::milliseconds::zero()) next_.set_after(options_.interval);
}

}  // namespace aluvia::agent
