// A connected or connecting socket: owns its descriptor and its registration with the reactor.
#pragma once

#include "loop/task.hpp"

#include <utility>

#include <unistd.h>

namespace aluvia::net {

/// Owns its descriptor, which must be non-blocking; destruction closes it and ends its waits without a
/// call. Loop thread only. May be moved at any time: its waiters go with it.
class Socket {
 public:
  Socket(const loop::Executor& executor, int descriptor)
      : reactor_(&loop::Reactor::of(executor)), descriptor_(descriptor), watch_(reactor_->add(descriptor)) {}
  Socket(Socket&& other) noexcept
      : reactor_(other.reactor_),
        descriptor_(std::exchange(other.descriptor_, -1)),
        watch_(std::exchange(other.watch_, nullptr)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(reactor_, other.reactor_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(watch_, other.watch_);
    return *this;
  }
  ~Socket() {
    if (!watch_) return;
    reactor_->remove(watch_);
    ::close(descriptor_);
  }

  int native_handle() const noexcept { return descriptor_; }
  loop::Executor get_executor() const noexcept { return reactor_->executor(); }
  loop::Reactor& reactor() const noexcept { return *reactor_; }

  /// The same wait for a task.
  loop::Wait ready(loop::Want want) noexcept { return {*reactor_, *watch_, want}; }
  /// Notifies `waiter` once the descriptor is readable or writable. Call it after a try that was blocked.
  void wait(loop::Want want, loop::Waiter& waiter) { reactor_->wait(*watch_, want, waiter); }
  /// Ends every wait with operation_aborted.
  void cancel() {
    if (watch_) reactor_->finish(*watch_, asio::error::operation_aborted);
  }
  /// Returns true after an edge that no wait and no try has followed.
  bool has_edge(loop::Want want) const noexcept { return watch_->ready_for(want); }
  /// The kernel has reported an error, or that both sides have ended.
  bool is_broken() const noexcept { return watch_->over[static_cast<std::size_t>(loop::Want::write)]; }
  /// Records what the last try has shown: if there is more, the next wait ends at once.
  void note(loop::Want want, bool has_more) noexcept { watch_->ready_for(want) = has_more; }

 private:
  loop::Reactor* reactor_;
  int descriptor_;
  loop::Watch* watch_;
};

}  // namespace aluvia::net
