// One timer that watches over a piece of work and is moved by assignment: setting it later costs no system
// call and no allocation, because the timer only looks at the clock again when it fires.
#pragma once

#include "net/asio.hpp"

#include <functional>
#include <memory>

namespace aluvia::net {

/// Loop thread only. Calls `on_expiry` once per set(), on the loop; never after clear() or destruction.
class Deadline {
 public:
  Deadline(const Executor& executor, std::function<void()> on_expiry);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void set_at(TimePoint when);
  void set_after(Clock::duration duration) { set_at(Clock::now() + duration); }
  void clear() noexcept;

  /// Whether it struck since the last set; still true when the work sees its operation cancelled.
  bool expired() const noexcept;

 private:
  struct State;
  // Shared with the timer's handler, which may already be queued when this object goes.
  std::shared_ptr<State> state_;
};

}  // namespace aluvia::net
