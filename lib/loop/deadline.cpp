#include "loop/deadline.hpp"

#include "loop/timer_heap.hpp"

#include <utility>

namespace aluvia::loop {

Deadline::Deadline(const Executor& executor, std::function<void()> on_expiry)
    : heap_(TimerHeap::of(executor)), on_expiry_(std::move(on_expiry)) {}

Deadline::~Deadline() {
  heap_.remove(*this);
}

void Deadline::set_at(TimePoint when) {
  expired_ = false;
  due_ = when;
  if (when < heap_key_) heap_.put(*this, when);
}

void Deadline::clear() noexcept {
  due_ = TimePoint::max();
  expired_ = false;
}

}  // namespace aluvia::loop
