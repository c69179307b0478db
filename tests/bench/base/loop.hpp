// One epoll instance on one thread, and what a coroutine waits for on it: readiness, a time, the next turn.
// Sockets are registered once, edge-triggered, so that waiting costs no system call. Knows no protocol.
#pragma once

#include "base/fd.hpp"

#include <chrono>
#include <coroutine>
#include <memory>
#include <queue>
#include <vector>

namespace aluvia::bench {

using Clock = std::chrono::steady_clock;

// Something that is tried until it no longer would block; then its coroutine goes on.
class Operation {
 public:
  virtual bool attempt() = 0;
  std::coroutine_handle<> caller;

 protected:
  ~Operation() = default;
};

// The coroutine that waits for a socket. Owned by the loop, because events of a batch may come after the
// socket's end.
struct Registration {
  Operation* reader = nullptr;
  Operation* writer = nullptr;
};

class Loop {
 public:
  Loop();

  // Runs until `end`. May be called again; coroutines that still wait go on then.
  void run_until(Clock::time_point end);
  void run_forever() { run_until(Clock::time_point::max()); }

  Registration* add(const Fd& socket);
  void retire(Registration* registration);

  // Resumes it after everything that is ready now.
  void resume_soon(std::coroutine_handle<> caller) { ready_.push_back(caller); }

  // co_await loop.next_turn(): lets everything else that is ready go first.
  auto next_turn() { return Turn(*this); }
  auto sleep_until(Clock::time_point time) { return Sleep(*this, time); }
  auto sleep(Clock::duration time) { return Sleep(*this, Clock::now() + time); }

 private:
  class Turn {
   public:
    explicit Turn(Loop& loop) : loop_(loop) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> caller) { loop_.resume_soon(caller); }
    void await_resume() const noexcept {}

   private:
    Loop& loop_;
  };

  class Sleep {
   public:
    Sleep(Loop& loop, Clock::time_point time) : loop_(loop), time_(time) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> caller) { loop_.timers_.push({time_, caller}); }
    void await_resume() const noexcept {}

   private:
    Loop& loop_;
    Clock::time_point time_;
  };

  struct Timer {
    Clock::time_point time;
    std::coroutine_handle<> caller;
    bool operator>(const Timer& other) const { return time > other.time; }
  };

  void wait(Clock::time_point end);
  void run_ready();
  void run_timers();

  Fd epoll_;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> running_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::vector<std::unique_ptr<Registration>> retired_;
};

}  // namespace aluvia::bench
