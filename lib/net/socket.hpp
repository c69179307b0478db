// A connected or connecting socket: its descriptor and its place in the loop's set.
#pragma once

#include "loop/task.hpp"

#include <utility>

#include <unistd.h>

namespace aluvia::net {

/// Owns its descriptor, which must be non-blocking; destruction closes it and forgets who waits for it. Loop
/// thread only. May be moved at any time: who waits goes with it.
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
  /// Tells `waiter` once the descriptor may be read or written again. To be called after it could not.
  void wait(loop::Want want, loop::Waiter& waiter) { reactor_->wait(*watch_, want, waiter); }
  /// Ends every wait with operation_aborted.
  void cancel() {
    if (watch_) reactor_->finish(*watch_, asio::error::operation_aborted);
  }
  /// Whether the kernel has told of an error, or that both sides are over.
  bool is_broken() const noexcept { return watch_->over[static_cast<std::size_t>(loop::Want::write)]; }
  /// What the last try has shown: whether there is more, so that a wait would have to end at once.
  void note(loop::Want want, bool has_more) noexcept { watch_->ready_for(want) = has_more; }

 private:
  loop::Reactor* reactor_;
  int descriptor_;
  loop::Watch* watch_;
};

}  // namespace aluvia::net
