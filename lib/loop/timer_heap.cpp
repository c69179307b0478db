#include "loop/timer_heap.hpp"

#include "loop/deadline.hpp"

#include <utility>

namespace aluvia::loop {

TimerHeap::TimerHeap(asio::execution_context& loop)
    : asio::execution_context::service(loop), timer_(static_cast<Loop&>(loop).get_executor()) {}

TimerHeap& TimerHeap::of(const Executor& executor) {
  return asio::use_service<TimerHeap>(asio::query(executor, asio::execution::context));
}

void TimerHeap::put(Deadline& deadline, TimePoint when) {
  if (deadline.place_ == Deadline::nowhere) {
    heap_.push_back(nullptr);
    place(&deadline, heap_.size() - 1);
  }
  deadline.queued_for_ = when;
  settle(deadline.place_);
  arm();
}

void TimerHeap::remove(Deadline& deadline) noexcept {
  if (deadline.place_ == Deadline::nowhere) return;
  const std::size_t gap = std::exchange(deadline.place_, Deadline::nowhere);
  Deadline* const last = heap_.back();
  heap_.pop_back();
  if (last != &deadline) {
    place(last, gap);
    settle(gap);
  }
  // A timer for nothing would keep the loop from running dry; one that is merely early costs a look.
  if (heap_.empty()) {
    armed_for_ = TimePoint::max();
    timer_.cancel();
  }
}

void TimerHeap::place(Deadline* deadline, std::size_t at) noexcept {
  heap_[at] = deadline;
  deadline->place_ = at;
}

// Moves what stands at `at` up or down to where it belongs.
void TimerHeap::settle(std::size_t at) noexcept {
  Deadline* const moving = heap_[at];
  for (; at > 0 && moving->queued_for_ < heap_[(at - 1) / 2]->queued_for_; at = (at - 1) / 2) {
    place(heap_[(at - 1) / 2], at);
  }
  for (;;) {
    std::size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->queued_for_ < heap_[child]->queued_for_) ++child;
    if (moving->queued_for_ <= heap_[child]->queued_for_) break;
    place(heap_[child], at);
    at = child;
  }
  place(moving, at);
}

void TimerHeap::arm() {
  if (heap_.empty() || heap_.front()->queued_for_ >= armed_for_) return;
  armed_for_ = heap_.front()->queued_for_;
  timer_.expires_at(armed_for_);
  timer_.async_wait([this](std::error_code error) {
    if (!error) on_timer();  // else moved to an earlier time, or not needed any more
  });
}

void TimerHeap::on_timer() {
  armed_for_ = TimePoint::max();
  struct Turn {  // ends also by an exception
    TimerHeap& queue;
    ~Turn() { queue.arm(); }
  } turn{*this};
  const TimePoint now = Clock::now();
  while (!heap_.empty() && heap_.front()->queued_for_ <= now) look_at(*heap_.front(), now);
}

// It may have been cleared or moved since it was put here.
void TimerHeap::look_at(Deadline& deadline, TimePoint now) {
  if (deadline.due_ > now && deadline.due_ != TimePoint::max()) {
    deadline.queued_for_ = deadline.due_;
    return settle(deadline.place_);
  }
  remove(deadline);
  deadline.queued_for_ = TimePoint::max();
  if (std::exchange(deadline.due_, TimePoint::max()) == TimePoint::max()) return;
  deadline.expired_ = true;
  // A copy: the action may destroy the deadline.
  const auto action = deadline.on_expiry_;
  if (action) action();
}

void TimerHeap::shutdown() noexcept {
  timer_.cancel();
}

}  // namespace aluvia::loop
