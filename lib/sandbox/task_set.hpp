// TaskSet: starts every coroutine of the sandbox, so that all of them can be cancelled and waited for.
#pragma once

#include <list>

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>

namespace aluvia::sandbox {

/// Loop thread only, except spawn() before the loop runs. Outlives the loop's run().
class TaskSet {
 public:
  explicit TaskSet(asio::io_context& context) : context_(context) {}
  TaskSet(const TaskSet&) = delete;
  TaskSet& operator=(const TaskSet&) = delete;

  /// Runs `task` to its end. An exception ends that task only.
  void spawn(asio::awaitable<void> task);

  /// Cancels all tasks and rejects new ones. After the end of the last one the loop has no work, and run()
  /// returns.
  void stop();

 private:
  asio::io_context& context_;
  std::list<asio::cancellation_signal> running_;
  bool stopping_ = false;
};

}  // namespace aluvia::sandbox
