// Names Asio's types for one single-threaded loop, with the concrete executor: a type-erased executor would
// cost a virtual call per operation.
#pragma once

#include <chrono>

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

}  // namespace aluvia::loop
