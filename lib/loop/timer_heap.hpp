// Keeps all deadlines of a loop in one binary heap behind one timerfd(2), which waits with nanoseconds and
// without a look at the clock in every turn. A timer each would cost a system call whenever the earliest one
// changes, which under load is with every request. Private to the module.
#pragma once

#include "loop/reactor.hpp"

#include <cstddef>
#include <system_error>
#include <vector>

namespace aluvia::loop {

class Deadline;

/// One per loop. Loop thread only. The earliest deadline is first; every deadline knows its index. Waits at
/// the reactor while it holds any.
class TimerHeap final : private Waiter {
 public:
  /// Throws std::system_error if the process has no descriptor left.
  explicit TimerHeap(Reactor& reactor);
  ~TimerHeap() override;
  static TimerHeap& of(const Executor& executor) noexcept { return executor.loop().timers(); }

  /// Looks at `deadline` at `when`. A deadline that is in the heap already moves there.
  void put(Deadline& deadline, TimePoint when);
  void remove(Deadline& deadline) noexcept;

 private:
  void on_event(std::error_code error) override;
  void sift(std::size_t index) noexcept;
  void place(Deadline* deadline, std::size_t index) noexcept;
  void arm();
  bool expire_or_move(Deadline& deadline, TimePoint now);

  Reactor& reactor_;
  const int timer_;
  Watch* const watch_;
  std::vector<Deadline*> heap_;
  TimePoint armed_for_ = TimePoint::max();  // when the timer fires; max: it has, or was never set
};

}  // namespace aluvia::loop
