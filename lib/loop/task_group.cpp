#include "loop/task_group.hpp"

#include <system_error>

namespace aluvia::loop {

TaskGroup::TaskGroup(Loop& loop, OnBug on_bug) : loop_(loop), on_bug_(std::move(on_bug)) {}
TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(const char* name, Task<void> task) {
  Running& running = add(name);
  running.task.emplace(std::move(task));
  begin(running);
}

TaskGroup::Running& TaskGroup::add(const char* name) {
  Running& running = tasks_.emplace_back(*this, name);
  running.place = std::prev(tasks_.end());
  return running;
}

void TaskGroup::begin(Running& running) {
  if (loop_.is_running_in_this_thread()) return running.start_now();
  struct Start {  // ends the task also where the loop goes away before its turn
    explicit Start(Running& one) noexcept : running(&one) {}
    Start(Start&& other) noexcept : running(std::exchange(other.running, nullptr)) {}
    Start& operator=(Start&&) = delete;
    ~Start() {
      if (running) running->on_abandoned();
    }
    void operator()() { std::exchange(running, nullptr)->start_now(); }
    Running* running;
  };
  loop_.post(Start(running));
}

void TaskGroup::ended(Running& running, const std::exception_ptr& problem) noexcept {
  if (problem && on_bug_) tell(running.name, problem);
  running.task.reset();  // what it owns is gone before it counts as ended
  tasks_.erase(running.place);
  if (tasks_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
}

void TaskGroup::tell(const char* task, const std::exception_ptr& problem) const {
  try {
    std::rethrow_exception(problem);
  } catch (const std::system_error& error) {
    if (error.code() != asio::error::operation_aborted) on_bug_(task, std::string("a bug: ") + error.what());
  } catch (const std::exception& error) {
    on_bug_(task, std::string("a bug: ") + error.what());
  } catch (...) {
    on_bug_(task, "a bug: an exception of an unknown type");
  }
}

void TaskGroup::cancel_all() {
  for (Running& running : tasks_) running.cancel();
}

void TaskGroup::when_empty(std::function<void()> then) {
  if (tasks_.empty()) return then();
  when_empty_ = std::move(then);
}

}  // namespace aluvia::loop
