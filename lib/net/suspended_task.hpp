// A task that waits like a pump does: its frame sleeps behind a Waiter, in memory that Asio recycles.
#pragma once

#include "net/readiness.hpp"

#include <memory>
#include <utility>

namespace aluvia::net {

/// How a wait ended; by value, because most of its errors are expected.
struct WaitResult {
  std::error_code error;
  // NOLINTNEXTLINE(google-explicit-constructor): it is nothing but the error
  operator std::error_code() const noexcept { return error; }
  explicit operator bool() const noexcept { return static_cast<bool>(error); }
};

template <class Handler>
class SuspendedTask final : public Waiter {
  using Allocator = typename std::allocator_traits<
      asio::associated_allocator_t<Handler>>::template rebind_alloc<SuspendedTask>;

 public:
  SuspendedTask(Readiness& readiness, Handler&& handler)
      : readiness_(readiness), handler_(std::move(handler)) {}

  static SuspendedTask& make(Readiness& readiness, Handler&& handler) {
    Allocator allocator(asio::get_associated_allocator(handler));
    SuspendedTask* const made = std::allocator_traits<Allocator>::allocate(allocator, 1);
    return *new (made) SuspendedTask(readiness, std::move(handler));
  }

  void be_cancellable() {
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    slot.assign(
        [this](asio::cancellation_type) { readiness_.finish(*this, asio::error::operation_aborted); });
  }

 private:
  // The memory goes back before the task goes on: its next wait will want it.
  Handler release() noexcept {
    Handler handler(std::move(handler_));
    Allocator allocator(asio::get_associated_allocator(handler));
    this->~SuspendedTask();
    std::allocator_traits<Allocator>::deallocate(allocator, this, 1);
    return handler;
  }

  void on_ready(std::error_code error) override {
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.clear();
    Handler handler = release();
    std::move(handler)(WaitResult{error});
  }
  void on_abandoned() noexcept override { release(); }

  Readiness& readiness_;
  Handler handler_;
};

/// Suspends the calling task until the Waiter that `begin` is given has been told.
template <class Begin>
Task<WaitResult> suspend(Readiness& readiness, Begin begin) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>&, void(WaitResult)>(
      [&readiness, begin](auto&& handler) {
        using Handler = std::decay_t<decltype(handler)>;
        auto& task = SuspendedTask<Handler>::make(readiness, std::move(handler));
        task.be_cancellable();
        begin(task);
      },
      use_task);
}

}  // namespace aluvia::net
