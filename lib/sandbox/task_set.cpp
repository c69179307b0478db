#include "sandbox/task_set.hpp"

#include <exception>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>

namespace aluvia::sandbox {

void TaskSet::spawn(asio::awaitable<void> task) {
  if (stopping_) return;
  const auto entry = running_.emplace(running_.end());
  // The exception is a cancellation or an error of one connection, whose frame has closed what it owned.
  auto finished = [this, entry](const std::exception_ptr&) { running_.erase(entry); };
  asio::co_spawn(context_, std::move(task), asio::bind_cancellation_slot(entry->slot(), std::move(finished)));
}

void TaskSet::stop() {
  stopping_ = true;
  for (auto& signal : running_) signal.emit(asio::cancellation_type::terminal);
}

}  // namespace aluvia::sandbox
