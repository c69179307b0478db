// A timer that watches over a piece of work and is moved by assignment: setting it later costs no system call
// and no allocation, because it only looks at the clock again at the time for which it was set first.
#pragma once

#include "loop/coarse_clock.hpp"

#include <cstddef>
#include <functional>

namespace aluvia::loop {

class TimerHeap;

/// Loop thread only. Calls `on_expiry` once per set(), on the loop; never after clear() or destruction.
class Deadline {
 public:
  Deadline(const Executor& executor, std::function<void()> on_expiry);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void set_at(TimePoint when);
  /// Not before `duration` is over, and up to coarse_step later.
  void set_after(Clock::duration duration) { set_at(coarse_now() + duration + coarse_step); }
  void clear() noexcept;

  /// Whether it struck since the last set; still true when the work sees its operation cancelled.
  bool expired() const noexcept { return expired_; }

 private:
  friend class TimerHeap;
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  TimerHeap& queue_;
  std::function<void()> on_expiry_;
  TimePoint due_ = TimePoint::max();
  TimePoint queued_for_ = TimePoint::max();  // when the queue looks at it: not later than due_
  std::size_t place_ = nowhere;              // in the queue
  bool expired_ = false;
};

}  // namespace aluvia::loop
