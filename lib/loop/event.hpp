// Something that a task waits for and a callback makes happen.
#pragma once

#include "loop/awaiter.hpp"
#include "loop/deadline.hpp"

namespace aluvia::loop {

/// Loop thread only; one waiting task at a time.
class Event {
 public:
  explicit Event(const Executor& executor) : reactor_(Reactor::of(executor)), watch_(reactor_.add()) {}
  ~Event() { reactor_.remove(watch_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set() {
    is_set_ = true;
    reactor_.finish(*watch_, {});
  }
  bool is_set() const noexcept { return is_set_; }
  void clear() noexcept { is_set_ = false; }

  /// Returns when the event is set, at once where it is already. Throws operation_aborted when the task is
  /// cancelled.
  Task<void> wait() {
    while (!is_set_) co_await next();
  }

  /// The same, but no longer than that: timed_out. operation_aborted when the task is cancelled.
  Task<WaitResult> wait_until(TimePoint limit) {
    if (is_set_) co_return WaitResult{};
    Deadline deadline(reactor_.executor(),
                      [this] { reactor_.finish(*watch_, std::make_error_code(std::errc::timed_out)); });
    deadline.set_at(limit);
    const WaitResult result = co_await next();
    co_return result;
  }

 private:
  Task<WaitResult> next() {
    return suspend(reactor_, [this](Waiter& task) { reactor_.wait(*watch_, Want::read, task); });
  }

  Reactor& reactor_;
  Watch* watch_;
  bool is_set_ = false;
};

/// Returns after `duration`; with operation_aborted when the task is cancelled before.
inline Task<WaitResult> pause(const Executor& executor, Clock::duration duration) {
  Event never(executor);
  const WaitResult result = co_await never.wait_until(Clock::now() + duration);
  co_return result;
}

}  // namespace aluvia::loop
