#include "loop/timer_heap.hpp"

#include "loop/deadline.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <sys/timerfd.h>
#include <unistd.h>

namespace aluvia::loop {
namespace {

// Ten thousand tunnels that one change of the configuration ends are due together, and closing one takes 40
// us. The rest of them waits for the next turn of the loop.
constexpr int actions_per_turn = 32;
constexpr int looks_per_turn = 1024;  // at 0.1 us or more: a deadline that has moved is only sifted

int open_timer() {
  const int descriptor = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::system_category(), "timerfd_create");
  return descriptor;
}

// Relative, because tools that shift the clocks of a process shift absolute times of all clocks. 0 would
// disarm the timer instead of firing it at once.
itimerspec timer_value(TimePoint when) noexcept {
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  const nanoseconds time = std::max<nanoseconds>(when - Clock::now(), nanoseconds(1));
  itimerspec value{};
  value.it_value.tv_sec = std::chrono::duration_cast<seconds>(time).count();
  value.it_value.tv_nsec = (time % seconds(1)).count();
  return value;
}

}  // namespace

TimerHeap::TimerHeap(Reactor& reactor)
    : reactor_(reactor), timer_(open_timer()), watch_(reactor.add(timer_)) {
  if (watch_->refused != 0) throw std::system_error(watch_->refused, std::system_category(), "epoll_ctl");
}

TimerHeap::~TimerHeap() {
  reactor_.remove(watch_);
  ::close(timer_);
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
  if (!heap_.empty()) return;
  withdraw();  // a wait keeps the loop from running dry
  // The timer stays armed: it costs one look at the heap. If it has fired, this wait may have been the one
  // that took note of it.
  if (armed_for_ <= Clock::now()) armed_for_ = TimePoint::max();
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
  if (heap_.empty()) return;
  if (!is_waiting()) reactor_.wait(*watch_, Want::read, *this);
  if (heap_.front()->heap_key_ >= armed_for_) return;
  armed_for_ = heap_.front()->heap_key_;
  const itimerspec value = timer_value(armed_for_);
  ::timerfd_settime(timer_, 0, &value, nullptr);
}

void TimerHeap::on_event(std::error_code /*error*/) {
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

}  // namespace aluvia::loop
