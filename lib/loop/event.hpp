// One-shot event: a callback sets it, a task awaits it.
#pragma once

#include "loop/deadline.hpp"
#include "loop/task.hpp"

namespace aluvia::loop {

/// Loop thread only; one waiting task at a time.
class Event {
 public:
  explicit Event(const Executor& executor) : reactor_(Reactor::of(executor)) { reactor_.enlist(watch_); }
  ~Event() { reactor_.retire(watch_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set() {
    is_set_ = true;
    reactor_.finish(watch_, {});
  }
  bool is_set() const noexcept { return is_set_; }

  /// The wait for an event; ends at once where it is set already.
  class UntilSet : public Wait {
   public:
    UntilSet(Event& event) noexcept : Wait(event.reactor_, event.watch_, Want::read), event_(&event) {}
    bool await_ready() const noexcept { return event_->is_set_; }
    void await_resume() const {
      if (!event_->is_set_) throw std::system_error(asio::error::operation_aborted, "Event::wait");
    }

   private:
    Event* event_;
  };

  /// Returns when the event is set. Throws operation_aborted when the task is cancelled.
  UntilSet wait() noexcept { return UntilSet(*this); }

  /// The same, but no longer than `limit`: timed_out. operation_aborted when the task is cancelled.
  Task<WaitResult> wait_until(TimePoint limit) {
    if (is_set_) co_return WaitResult{};
    Deadline deadline(reactor_.executor(),
                      [this] { reactor_.finish(watch_, std::make_error_code(std::errc::timed_out)); });
    deadline.set_at(limit);
    const WaitResult result = co_await Wait(reactor_, watch_, Want::read);
    co_return result;
  }

 private:
  Reactor& reactor_;
  Watch watch_;
  bool is_set_ = false;
};

/// Returns after `duration`; with operation_aborted when the task is cancelled before.
inline Task<WaitResult> pause(const Executor& executor, Clock::duration duration) {
  Event never(executor);
  const WaitResult result = co_await never.wait_until(Clock::now() + duration);
  co_return result;
}

}  // namespace aluvia::loop
