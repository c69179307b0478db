#include "net/task_group.hpp"

#include <system_error>

namespace aluvia::net {

TaskGroup::TaskGroup(Loop& loop, OnBug on_bug) : loop_(loop), on_bug_(std::move(on_bug)) {}
TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(const char* name, Task<void> task) {
  begin(tasks_.emplace(tasks_.end(), name), std::move(task));
}

void TaskGroup::begin(std::list<Entry>::iterator entry, Task<void> task) {
  asio::co_spawn(loop_.get_executor(), std::move(task),
                 asio::bind_cancellation_slot(entry->stop.slot(), [this, entry](std::exception_ptr problem) {
                   ended(entry, problem);
                 }));
}

void TaskGroup::ended(std::list<Entry>::iterator entry, std::exception_ptr problem) {
  if (problem && on_bug_) {
    try {
      std::rethrow_exception(problem);
    } catch (const std::system_error& error) {
      if (error.code() != asio::error::operation_aborted) on_bug_(entry->name, error.what());
    } catch (const std::exception& error) {
      on_bug_(entry->name, error.what());
    } catch (...) {
      on_bug_(entry->name, "an exception of an unknown type");
    }
  }
  tasks_.erase(entry);
  if (tasks_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
}

void TaskGroup::cancel_all() {
  // A cancelled task may end at once and take its entry with it.
  for (auto entry = tasks_.begin(); entry != tasks_.end();) {
    auto& current = *entry++;
    current.stop.emit(asio::cancellation_type::terminal);
  }
}

void TaskGroup::when_empty(std::function<void()> then) {
  if (tasks_.empty()) return then();
  when_empty_ = std::move(then);
}

}  // namespace aluvia::net
