// All deadlines of a loop behind one Asio timer: a timer of its own for each would cost a system call
// whenever the earliest of them changes, which under load is with every request.
#pragma once

#include "loop/asio.hpp"

#include <vector>

namespace aluvia::loop {

class Deadline;

/// One per loop. Loop thread only. A heap, the earliest first, in which every deadline knows its place.
class TimerHeap final : public asio::execution_context::service {
 public:
  using key_type = TimerHeap;
  inline static asio::execution_context::id id;

  explicit TimerHeap(asio::execution_context& loop);
  static TimerHeap& of(const Executor& executor);

  /// Looks at `deadline` at `when`; moves it there where it stands in the queue already.
  void put(Deadline& deadline, TimePoint when);
  void remove(Deadline& deadline) noexcept;

 private:
  void shutdown() noexcept override;
  void settle(std::size_t place) noexcept;
  void place(Deadline* deadline, std::size_t at) noexcept;
  void arm();
  void on_timer();
  void look_at(Deadline& deadline, TimePoint now);

  std::vector<Deadline*> heap_;
  Timer timer_;
  TimePoint armed_for_ = TimePoint::max();
};

}  // namespace aluvia::loop
