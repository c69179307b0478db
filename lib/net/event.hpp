// Something that a task waits for and a callback makes happen.
#pragma once

#include "net/asio.hpp"

namespace aluvia::net {

/// Loop thread only; one waiting task at a time.
class Event {
 public:
  explicit Event(const Executor& executor) : timer_(executor, TimePoint::max()) {}

  void set() {
    is_set_ = true;
    timer_.cancel();
  }
  bool is_set() const noexcept { return is_set_; }
  void clear() noexcept { is_set_ = false; }

  /// Returns when the event is set, at once where it is already. Throws operation_aborted when the task is
  /// cancelled.
  Task<void> wait() {
    while (!is_set_) {
      std::error_code woken;
      co_await timer_.async_wait(use_task_with(woken));
    }
  }

 private:
  // A timer that never expires is Asio's cheapest thing to wait on: cancelling it wakes the task.
  Timer timer_;
  bool is_set_ = false;
};

}  // namespace aluvia::net
