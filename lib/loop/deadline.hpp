// A timer that limits a piece of work. Moving it to a later time costs no system call and no allocation: the
// heap looks at it at the time that was set first, and only then moves it on.
#pragma once

#include "loop/coarse_clock.hpp"

#include <cstddef>
#include <functional>

namespace aluvia::loop {

class TimerHeap;

/// Loop thread only. Calls `on_expiry` once per set, on the loop, never from inside set_at(), clear() or the
/// destructor. `on_expiry` may set, clear or destroy this object. A cleared one keeps the loop from running
/// dry until the time that had been set, or its destruction.
class Deadline {
 public:
  Deadline(const Executor& executor, std::function<void()> on_expiry);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void set_at(TimePoint when);
  /// Expires after `duration` at the earliest, and at most coarse_step later.
  void set_after(Clock::duration duration) { set_at(coarse_now() + duration + coarse_step); }
  void clear() noexcept;

  bool is_set() const noexcept { return due_ != TimePoint::max(); }
  /// TimePoint::max() unless it is set.
  TimePoint due() const noexcept { return due_; }
  /// It has expired since the last set or clear: tells a timeout from another cancellation of the work.
  bool expired() const noexcept { return expired_; }

 private:
  friend class TimerHeap;
  static constexpr std::size_t not_in_heap = static_cast<std::size_t>(-1);

  TimerHeap& heap_;
  std::function<void()> on_expiry_;
  TimePoint due_ = TimePoint::max();
  TimePoint heap_key_ = TimePoint::max();  // when the heap looks at it: not later than due_
  std::size_t heap_index_ = not_in_heap;
  bool expired_ = false;
};

}  // namespace aluvia::loop
