// Every running task is known here: counted, cancelled together, waited for. The only place that starts a
// coroutine.
#pragma once

#include "loop/asio.hpp"

#include <functional>
#include <list>
#include <string>
#include <utility>

namespace aluvia::loop {

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
  /// `what` is "a bug: " and the exception's text. Must not throw.
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
    Ending ending(*this, tasks_.emplace(tasks_.end(), name));
    Task<void> task = make(TaskStop(ending.entry()->stop));
    begin(std::move(ending), std::move(task));
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
  using Place = std::list<Entry>::iterator;

  // The end of a task, which is told also where it could not begin, or was given up on the way.
  class Ending {
   public:
    Ending(TaskGroup& group, Place entry) noexcept : group_(&group), entry_(entry) {}
    Ending(Ending&& other) noexcept : group_(std::exchange(other.group_, nullptr)), entry_(other.entry_) {}
    Ending& operator=(Ending&&) = delete;
    ~Ending() {
      if (group_) group_->ended(entry_, {});
    }
    Place entry() const noexcept { return entry_; }
    void operator()(const std::exception_ptr& problem) {
      std::exchange(group_, nullptr)->ended(entry_, problem);
    }

   private:
    TaskGroup* group_;
    Place entry_;
  };

  void begin(Ending ending, Task<void> task);
  void ended(Place entry, const std::exception_ptr& problem) noexcept;
  void tell(const char* task, const std::exception_ptr& problem) const;

  Loop& loop_;
  OnBug on_bug_;
  std::list<Entry> tasks_;
  std::function<void()> when_empty_;
};

}  // namespace aluvia::loop
