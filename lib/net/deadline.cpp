#include "net/deadline.hpp"

#include "net/deadline_queue.hpp"

#include <utility>

namespace aluvia::net {

Deadline::Deadline(const Executor& executor, std::function<void()> on_expiry)
    : queue_(DeadlineQueue::of(executor)), on_expiry_(std::move(on_expiry)) {}

Deadline::~Deadline() {
  queue_.remove(*this);
}

void Deadline::set_at(TimePoint when) {
  expired_ = false;
  due_ = when;
  if (when < queued_for_) queue_.put(*this, when);
}

void Deadline::clear() noexcept {
  due_ = TimePoint::max();
  expired_ = false;
}

}  // namespace aluvia::net
