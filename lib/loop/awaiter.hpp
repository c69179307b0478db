// A task that waits like a pump does: its frame sleeps behind a Waiter, which stands in that frame itself.
#pragma once

#include "loop/reactor.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace aluvia::loop {

/// How a wait ended; by value, because most of its errors are expected.
struct WaitResult {
  std::error_code error;
  // NOLINTNEXTLINE(google-explicit-constructor): it is nothing but the error
  operator std::error_code() const noexcept { return error; }
  explicit operator bool() const noexcept { return static_cast<bool>(error); }
};

template <class Handler>
class TaskAwaiter final : public Waiter {
 public:
  TaskAwaiter(Reactor& reactor, Handler&& handler) noexcept
      : reactor_(reactor), handler_(std::move(handler)) {}

  /// Once it waits.
  void be_cancellable() noexcept {
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    slot.assign([this](asio::cancellation_type) { reactor_.finish(*this, asio::error::operation_aborted); });
  }

 private:
  // The task that goes on takes the room with it in which this stands.
  Handler release() noexcept {
    Handler handler(std::move(handler_));
    this->~TaskAwaiter();
    return handler;
  }

  void on_event(std::error_code error) override {
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.clear();
    Handler handler = release();
    std::move(handler)(WaitResult{error});
  }
  void on_abandoned() noexcept override { release(); }

  Reactor& reactor_;
  Handler handler_;
};

/// Begins a wait. Asio keeps it in the frame of the waiting task, and in it there is room for what waits: a
/// task that has been suspended cannot be told any more that there is no memory for that.
template <class Begin>
class Suspension {
 public:
  Suspension(Reactor& reactor, Begin begin) noexcept : reactor_(reactor), begin_(std::move(begin)) {}
  Suspension(Suspension&& other) noexcept
      : reactor_(other.reactor_), begin_(std::move(other.begin_)) {}  // before anything waits

  template <class Handler>
  void operator()(Handler&& handler) noexcept {
    using Suspended = TaskAwaiter<std::decay_t<Handler>>;
    static_assert(sizeof(Suspended) <= sizeof(room_) && alignof(Suspended) <= alignof(std::max_align_t));
    auto& task = *new (room_.data()) Suspended(reactor_, std::forward<Handler>(handler));
    begin_(task);
    task.be_cancellable();
  }

 private:
  Reactor& reactor_;
  Begin begin_;
  alignas(std::max_align_t) std::array<std::byte, 96> room_;
};

/// Suspends the calling task until the Waiter that `begin` is given has been told. `begin` must not throw.
template <class Begin>
Task<WaitResult> suspend(Reactor& reactor, Begin begin) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>&, void(WaitResult)>(
      Suspension<Begin>(reactor, std::move(begin)), use_task);
}

}  // namespace aluvia::loop
