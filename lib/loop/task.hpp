// Task<T>, the coroutine of a loop. Asio's awaitable costs a second frame for every wait, an allocation for
// its cancellation, and a stack of frames of its own; here a wait is a value in the frame that waits.
//
// A running task is one chain of frames: each awaits the next, and the innermost one waits at the reactor.
// All frames share the TaskContext, which is the Waiter that the reactor resumes. TaskGroup owns it.
#pragma once

#include "loop/reactor.hpp"

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

namespace aluvia::loop {

template <class T>
class Task;
template <class T>
class MaybeTask;

/// How a wait ended; by value, because most of its errors are expected.
struct WaitResult {
  std::error_code error;
  // NOLINTNEXTLINE(google-explicit-constructor): it is nothing but the error
  operator std::error_code() const noexcept { return error; }
  explicit operator bool() const noexcept { return static_cast<bool>(error); }
};

/// Shared by all frames of one running task. Loop thread only.
class TaskContext : public Waiter {
 public:
  /// Ends the wait of the task with operation_aborted, and makes every later co_await in it throw that.
  void cancel();
  bool is_cancelled() const noexcept { return is_cancelled_; }

 protected:
  TaskContext() = default;

  /// Runs `root`, the outermost frame, up to its first wait or its end. Called once.
  void start(Task<void>& root);

 private:
  friend class Wait;
  friend struct TaskPromiseBase;

  /// The outermost frame has come to its end. May destroy this.
  virtual void on_end(std::exception_ptr problem) = 0;

  void on_event(std::error_code error) final;
  void resume(std::coroutine_handle<> frame);
  void throw_if_cancelled() const {
    if (is_cancelled_) throw std::system_error(asio::error::operation_aborted, "co_await");
  }

  Task<void>* root_ = nullptr;
  std::coroutine_handle<> waiting_;  // the innermost frame
  Reactor* reactor_ = nullptr;       // at which it waits
  std::error_code result_;           // of its last wait
  bool is_cancelled_ = false;
};

/// `co_await Wait(…)` suspends the task until `watch` is ready for `want`, or its wait was finished.
class [[nodiscard]] Wait {
 public:
  Wait(Reactor& reactor, Watch& watch, Want want) noexcept
      : reactor_(&reactor), watch_(&watch), want_(want) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> frame) {
    task_ = frame.promise().context;
    task_->waiting_ = frame;
    task_->reactor_ = reactor_;
    reactor_->wait(*watch_, want_, *task_);
  }
  WaitResult await_resume() const noexcept { return WaitResult{task_->result_}; }

 private:
  Reactor* reactor_;
  Watch* watch_;
  Want want_;
  TaskContext* task_ = nullptr;
};

/// The common base of the promises of all tasks.
struct TaskPromiseBase {
  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> frame) const noexcept {
      return frame.promise().parent;
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { problem = std::current_exception(); }

  /// Only tasks and waits are awaited, so that a cancelled task is stopped at each of them.
  template <class T>
  Task<T> await_transform(Task<T>&& task) {
    context->throw_if_cancelled();
    return std::move(task);
  }
  template <class T>
  MaybeTask<T> await_transform(MaybeTask<T>&& task) {
    context->throw_if_cancelled();
    return std::move(task);
  }
  template <class Waiting>
  requires std::derived_from<Waiting, Wait> Waiting await_transform(Waiting wait) {
    context->throw_if_cancelled();
    return wait;
  }

  TaskContext* context = nullptr;
  /// The frame that waits for this one's end. None as long as it runs inside await_suspend().
  std::coroutine_handle<> parent = std::noop_coroutine();
  std::exception_ptr problem;
};

template <class T>
struct TaskPromise : TaskPromiseBase {
  Task<T> get_return_object() noexcept;
  template <std::convertible_to<T> U = T>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() { return std::move(*value); }

  std::optional<T> value;
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const noexcept {}
};

/// A coroutine that runs once it is awaited, or given to a TaskGroup. Owns its frame.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;

  explicit Task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  /// Runs the frame inside this call. Where it comes to its end at once, its parent is not suspended: a loop
  /// of such calls needs no stack, also where the compiler makes no tail calls.
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> parent) {
    promise_type& promise = frame_.promise();
    promise.context = parent.promise().context;
    frame_.resume();
    if (frame_.done()) return false;
    promise.parent = parent;
    return true;
  }
  T await_resume() {
    promise_type& promise = frame_.promise();
    if (promise.problem) std::rethrow_exception(promise.problem);
    return promise.take();
  }

 private:
  friend class TaskContext;
  std::coroutine_handle<promise_type> frame_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

/// A value that is usually there at once, and else brought by a Task: only then it costs a frame.
template <class T>
class [[nodiscard]] MaybeTask {
 public:
  // NOLINTBEGIN(google-explicit-constructor): it is returned in the place of either
  MaybeTask(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  MaybeTask(Task<T> task) noexcept : state_(std::in_place_index<1>, std::move(task)) {}
  // NOLINTEND(google-explicit-constructor)

  bool await_ready() const noexcept { return state_.index() == 0; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> parent) {
    return std::get_if<1>(&state_)->await_suspend(parent);
  }
  T await_resume() {
    if (T* const value = std::get_if<0>(&state_)) return std::move(*value);
    return std::get_if<1>(&state_)->await_resume();
  }

 private:
  std::variant<T, Task<T>> state_;
};

}  // namespace aluvia::loop
