// Something that a task waits for and a callback makes happen.
#pragma once

#include "net/suspended_task.hpp"

namespace aluvia::net {

/// Loop thread only; one waiting task at a time.
class Event {
 public:
  explicit Event(const Executor& executor) : readiness_(Readiness::of(executor)), watch_(readiness_.add()) {}
  ~Event() { readiness_.remove(watch_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set() {
    is_set_ = true;
    readiness_.finish(*watch_, {});
  }
  bool is_set() const noexcept { return is_set_; }
  void clear() noexcept { is_set_ = false; }

  /// Returns when the event is set, at once where it is already. Throws operation_aborted when the task is
  /// cancelled.
  Task<void> wait() {
    while (!is_set_) {
      co_await suspend(readiness_, [this](Waiter& task) { readiness_.wait(*watch_, Want::read, task); });
    }
  }

 private:
  Readiness& readiness_;
  Watch* watch_;
  bool is_set_ = false;
};

}  // namespace aluvia::net
