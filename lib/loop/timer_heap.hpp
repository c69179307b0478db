// Keeps all deadlines of a loop in one binary heap behind one Asio timer. A timer each would cost a system
// call whenever the earliest one changes, which under load is with every request. Private to the module.
#pragma once

#include "loop/asio.hpp"
#include "loop/handler_memory.hpp"

#include <vector>

namespace aluvia::loop {

class Deadline;

/// One per loop. Loop thread only. The earliest deadline is first; every deadline knows its index.
class TimerHeap final : public asio::execution_context::service {
 public:
  using key_type = TimerHeap;
  inline static asio::execution_context::id id;

  explicit TimerHeap(asio::execution_context& loop);
  static TimerHeap& of(const Executor& executor);

  /// Looks at `deadline` at `when`. A deadline that is in the heap already moves there.
  void put(Deadline& deadline, TimePoint when);
  void remove(Deadline& deadline) noexcept;

 private:
  void shutdown() noexcept override;
  void sift(std::size_t index) noexcept;
  void place(Deadline* deadline, std::size_t index) noexcept;
  void arm();
  void on_timer();
  bool expire_or_move(Deadline& deadline, TimePoint now);

  std::vector<Deadline*> heap_;
  HandlerMemory memory_;  // of the wait of timer_
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer_;
  TimePoint armed_for_ = TimePoint::max();
};

}  // namespace aluvia::loop
