// Asio under our own names, with the concrete executor of one single-threaded loop: a type-erased executor
// would cost every operation a virtual call. The only file outside the sandbox and agent rooms that names
// Asio's headers.
#pragma once

#include <chrono>

#include <asio/associated_allocator.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/error.hpp>
#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/post.hpp>

namespace aluvia::loop {

using Loop = asio::io_context;
using Executor = Loop::executor_type;
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

}  // namespace aluvia::loop
