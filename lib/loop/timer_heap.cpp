#include "loop/timer_heap.hpp"

#include "loop/deadline.hpp"

#include <utility>

namespace aluvia::loop {
namespace {

// Ten thousand tunnels that one change of the configuration ends are due together, and closing one takes 40
// us. The rest of them waits for the next turn of the loop.
constexpr int actions_per_turn = 32;
constexpr int looks_per_turn = 1024;  // at 0.1 us or more: a deadline that has moved is only sifted

}  // namespace

TimerHeap::TimerHeap(asio::execution_context& loop)
    : asio::execution_context::service(loop), timer_(static_cast<Loop&>(loop).get_executor()) {}

TimerHeap& TimerHeap::of(const Executor& executor) {
  return asio::use_service<TimerHeap>(asio::query(executor, asio::execution::context));
}

void TimerHeap::put(Deadline& deadline, TimePoint when) {
  if (deadline.heap_index_ == Deadline::not_in_heap) {
    heap_.push_back(nullptr);
    place(&deadline, heap_.size() - 1);
  }
  deadline.heap_key_ = when;
  sift(deadline.heap_index_);
  arm();
}

void TimerHeap::remove(Deadline& deadline) noexcept {
  if (deadline.heap_index_ == Deadline::not_in_heap) return;
  const std::size_t gap = std::exchange(deadline.heap_index_, Deadline::not_in_heap);
  Deadline* const last = heap_.back();
  heap_.pop_back();
  if (last != &deadline) {
    place(last, gap);
    sift(gap);
  }
  // An armed timer keeps the loop from running dry. One that is merely too early costs one look at the heap.
  if (heap_.empty()) {
    armed_for_ = TimePoint::max();
    timer_.cancel();
  }
}

void TimerHeap::place(Deadline* deadline, std::size_t index) noexcept {
  heap_[index] = deadline;
  deadline->heap_index_ = index;
}

// Moves the deadline at `index` up or down to where the order of the heap wants it.
void TimerHeap::sift(std::size_t index) noexcept {
  Deadline* const moving = heap_[index];
  for (; index > 0 && moving->heap_key_ < heap_[(index - 1) / 2]->heap_key_; index = (index - 1) / 2) {
    place(heap_[(index - 1) / 2], index);
  }
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->heap_key_ < heap_[child]->heap_key_) ++child;
    if (moving->heap_key_ <= heap_[child]->heap_key_) break;
    place(heap_[child], index);
    index = child;
  }
  place(moving, index);
}

void TimerHeap::arm() {
  if (heap_.empty() || heap_.front()->heap_key_ >= armed_for_) return;
  armed_for_ = heap_.front()->heap_key_;
  timer_.expires_at(armed_for_);
  timer_.async_wait(HandlerIn(memory_, [this](std::error_code error) {
    if (!error) on_timer();  // else it was moved to an earlier time, or the heap is empty
  }));
}

void TimerHeap::on_timer() {
  armed_for_ = TimePoint::max();
  struct Rearm {  // even if an on_expiry throws: the other deadlines depend on the timer
    TimerHeap& heap;
    ~Rearm() { heap.arm(); }
  } rearm{*this};
  const TimePoint now = Clock::now();
  int looks = 0;
  for (int actions = 0; actions < actions_per_turn && looks < looks_per_turn; ++looks) {
    if (heap_.empty() || heap_.front()->heap_key_ > now) break;
    if (expire_or_move(*heap_.front(), now)) ++actions;
  }
}

// The deadline may have been cleared or moved since it was put into the heap. Returns true if it has expired.
bool TimerHeap::expire_or_move(Deadline& deadline, TimePoint now) {
  if (deadline.due_ > now && deadline.due_ != TimePoint::max()) {
    deadline.heap_key_ = deadline.due_;
    sift(deadline.heap_index_);
    return false;
  }
  remove(deadline);
  deadline.heap_key_ = TimePoint::max();
  if (std::exchange(deadline.due_, TimePoint::max()) == TimePoint::max()) return false;
  deadline.expired_ = true;
  // A copy: the action may destroy the deadline.
  const auto action = deadline.on_expiry_;
  if (action) action();
  return true;
}

void TimerHeap::shutdown() noexcept {
  timer_.cancel();
}

}  // namespace aluvia::loop
