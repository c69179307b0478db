// Loop: runs everything of one thread, in turns: waiters of the Reactor, deadlines of the TimerHeap, and
// functions that any thread posts, which Asio's io_context queues and runs. A turn makes one system call,
// epoll_wait(2) on the reactor's set. If io_context::run waited, a turn would make three: its own epoll set
// cannot hold descriptors that are registered once, so the reactor's set would be one descriptor in it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

namespace aluvia::loop {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

class Loop;
class Reactor;
class TimerHeap;

/// Names the loop that an object lives on. As cheap as a pointer.
class Executor {
 public:
  explicit Executor(Loop& loop) noexcept : loop_(&loop) {}
  Loop& loop() const noexcept { return *loop_; }

 private:
  Loop* loop_;
};

/// One thread runs it at a time. Its objects belong to that thread; post() is for any thread.
class Loop {
 public:
  /// Throws std::system_error if the process has no descriptor left.
  Loop();
  /// Destroys the frames of suspended tasks, and the posted functions.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Executor get_executor() noexcept { return Executor(*this); }
  Reactor& reactor() noexcept { return *reactor_; }
  TimerHeap& timers() noexcept { return *timers_; }

  /// Calls `function` in one of the next turns. Any thread.
  template <class Function>
  void post(Function function) {
    asio::post(functions_, std::move(function));
    on_posted();
  }

  /// Runs until there is no work. An exception of a waiter or a posted function leaves it at the end of the
  /// turn; the next call goes on.
  void run();
  /// Runs one turn that has something to do, and waits for it. False: there is no work, or nothing came in
  /// time.
  bool run_one() { return run_one_until(TimePoint::max()); }
  bool run_one_until(TimePoint limit);
  /// Runs one turn without waiting. False: there was nothing to do.
  bool poll_one();
  /// True while a waiter waits, a deadline is in the heap, a function is posted, or a KeepRunning lives.
  bool has_work() const noexcept;
  bool is_running_in_this_thread() const noexcept;

 private:
  friend class KeepRunning;
  class Running;

  // Ends a wait of the loop from any thread: an eventfd in the reactor's set. Every write is an edge, and
  // none is read.
  class Wake {
   public:
    Wake();
    ~Wake();
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;
    int descriptor() const noexcept { return descriptor_; }
    void operator()() const noexcept;

   private:
    const int descriptor_;
  };

  void keep() noexcept { ++keepers_; }
  void release() noexcept;
  void on_posted() noexcept;
  bool turn(int wait_ms);
  bool call_posted();

  const std::unique_ptr<Reactor> reactor_;
  const std::unique_ptr<TimerHeap> timers_;
  const Wake wake_;
  std::atomic<std::size_t> keepers_{0};
  std::atomic<std::size_t> posted_{0};  // functions in functions_
  // Without Asio's sockets and timers, so that it never waits. Destroys its functions before the members
  // above.
  asio::io_context functions_{1};
  const asio::executor_work_guard<asio::io_context::executor_type> functions_guard_;
};

/// Keeps a loop running without other work. Any thread.
class KeepRunning {
 public:
  explicit KeepRunning(Loop& loop) noexcept : loop_(&loop) { loop.keep(); }
  KeepRunning(KeepRunning&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)) {}
  KeepRunning& operator=(KeepRunning&&) = delete;
  ~KeepRunning() {
    if (loop_) loop_->release();
  }
  Loop& loop() const noexcept { return *loop_; }

 private:
  Loop* loop_;
};

}  // namespace aluvia::loop
