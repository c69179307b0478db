// Every running task is known here: counted, cancelled together, waited for. The only place that starts a
// coroutine.
#pragma once

#include "net/asio.hpp"

#include <functional>
#include <list>
#include <string>

namespace aluvia::net {

/// Ends one task, as TaskGroup::cancel_all() ends all. On the loop, as long as that task lives, and not from
/// within it.
class TaskStop {
 public:
  explicit TaskStop(asio::cancellation_signal& signal) noexcept : signal_(&signal) {}
  void operator()() const { signal_->emit(asio::cancellation_type::terminal); }

 private:
  asio::cancellation_signal* signal_;
};

/// Loop thread only. Must outlive its tasks: destroy it once when_empty() has told.
class TaskGroup {
 public:
  /// Called when a task ends by an exception other than its cancellation: a bug, which ends that task only.
  using OnBug = std::function<void(const char* task, const std::string& what)>;

  TaskGroup(Loop& loop, OnBug on_bug);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task`; `name` is a literal.
  void spawn(const char* name, Task<void> task);
  /// Starts the task that `make(TaskStop)` returns, which can so be ended alone.
  template <class Make>
  void spawn_with_stop(const char* name, Make make) {
    const auto entry = tasks_.emplace(tasks_.end(), name);
    begin(entry, make(TaskStop(entry->stop)));
  }
  std::size_t size() const noexcept { return tasks_.size(); }

  /// Cancels every task: its pending operation ends with operation_aborted, and every later one throws.
  void cancel_all();
  /// Calls `then` once, as soon as no task runs (at once where none does).
  void when_empty(std::function<void()> then);

 private:
  struct Entry {
    explicit Entry(const char* task) : name(task) {}
    const char* name;
    asio::cancellation_signal stop;
  };
  void begin(std::list<Entry>::iterator entry, Task<void> task);
  void ended(std::list<Entry>::iterator entry, std::exception_ptr problem);

  Loop& loop_;
  OnBug on_bug_;
  std::list<Entry> tasks_;
  std::function<void()> when_empty_;
};

}  // namespace aluvia::net
