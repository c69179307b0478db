#include "loop/task_group.hpp"

#include <system_error>

namespace aluvia::loop {

TaskGroup::TaskGroup(Loop& loop, OnBug on_bug) : loop_(loop), on_bug_(std::move(on_bug)) {}
TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(const char* name, Task<void> task) {
  begin(Ending(*this, tasks_.emplace(tasks_.end(), name)), std::move(task));
}

void TaskGroup::begin(Ending ending, Task<void> task) {
  const auto slot = ending.entry()->stop.slot();
  asio::co_spawn(loop_.get_executor(), std::move(task),
                 asio::bind_cancellation_slot(slot, std::move(ending)));
}

void TaskGroup::ended(Place entry, const std::exception_ptr& problem) noexcept {
  if (problem && on_bug_) tell(entry->name, problem);
  tasks_.erase(entry);
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

}  // namespace aluvia::loop
