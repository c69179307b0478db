// Asio under our own names, with the concrete executor of one single-threaded loop: a type-erased executor
// would cost every operation a virtual call. The only file outside the sandbox and agent rooms that names
// Asio's headers.
#pragma once

#include <chrono>

#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace aluvia::loop {

using Loop = asio::io_context;
using Executor = Loop::executor_type;
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

/// A coroutine on the loop.
template <class T>
using Task = asio::awaitable<T, Executor>;

/// Completion token of a Task: `co_await socket.async_wait(…, use_task)`.
inline constexpr asio::use_awaitable_t<Executor> use_task{};

/// The same, with the error as a value instead of an exception. After the task has been cancelled, the next
/// co_await throws all the same; TaskGroup catches that.
inline auto use_task_with(std::error_code& error) {
  return asio::redirect_error(use_task, error);
}

}  // namespace aluvia::loop
