// Every running task is known here: counted, cancelled together, waited for. The only place that starts a
// coroutine.
#pragma once

#include "loop/loop.hpp"
#include "loop/task.hpp"

#include <functional>
#include <list>
#include <string>
#include <utility>

namespace aluvia::loop {

/// Ends one task, as TaskGroup::cancel_all() ends all. On the loop, as long as that task lives.
class TaskStop {
 public:
  explicit TaskStop(TaskContext& task) noexcept : task_(&task) {}
  void operator()() const { task_->cancel(); }
  bool is_requested() const noexcept { return task_->is_cancelled(); }

 private:
  TaskContext* task_;
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

  /// Starts `task`: at once on the loop's thread, else as soon as the loop runs. `name` is a literal.
  void spawn(const char* name, Task<void> task);
  /// Starts the task that `make(TaskStop)` returns, which can so be ended alone.
  template <class Make>
  void spawn_with_stop(const char* name, Make make) {
    Running& running = add(name);
    try {
      running.task.emplace(make(TaskStop(running)));
    } catch (...) {
      tasks_.erase(running.place);
      throw;
    }
    begin(running);
  }
  std::size_t size() const noexcept { return tasks_.size(); }

  /// Cancels every task: its wait ends with operation_aborted, and every later co_await in it throws.
  void cancel_all();
  /// Calls `then` once, as soon as no task runs (at once where none does).
  void when_empty(std::function<void()> then);

 private:
  struct Running final : TaskContext {
    Running(TaskGroup& its_group, const char* its_name) noexcept : group(its_group), name(its_name) {}
    ~Running() override = default;
    void on_end(std::exception_ptr problem) override { group.ended(*this, problem); }
    void on_abandoned() noexcept override { group.ended(*this, {}); }
    void start_now() { start(*task); }

    TaskGroup& group;
    const char* name;
    std::list<Running>::iterator place;
    std::optional<Task<void>> task;
  };

  Running& add(const char* name);
  void begin(Running& running);
  void ended(Running& running, const std::exception_ptr& problem) noexcept;
  void tell(const char* task, const std::exception_ptr& problem) const;

  Loop& loop_;
  OnBug on_bug_;
  std::list<Running> tasks_;
  std::function<void()> when_empty_;
};

}  // namespace aluvia::loop
