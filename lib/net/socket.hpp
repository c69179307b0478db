// A connected or connecting socket: its descriptor and its place in the loop's set.
#pragma once

#include "net/readiness.hpp"

#include <utility>

#include <unistd.h>

namespace aluvia::net {

/// Owns its descriptor, which must be non-blocking; destruction closes it and forgets who waits for it. Loop
/// thread only. May be moved at any time: who waits goes with it.
class Socket {
 public:
  Socket(const Executor& executor, int descriptor) try
      : readiness_(&Readiness::of(executor)), descriptor_(descriptor), watch_(readiness_->add(descriptor)) {
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  Socket(Socket&& other) noexcept
      : readiness_(other.readiness_),
        descriptor_(std::exchange(other.descriptor_, -1)),
        watch_(std::exchange(other.watch_, nullptr)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(readiness_, other.readiness_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(watch_, other.watch_);
    return *this;
  }
  ~Socket() {
    if (!watch_) return;
    readiness_->remove(watch_);
    ::close(descriptor_);
  }

  int native_handle() const noexcept { return descriptor_; }
  Executor get_executor() const noexcept { return readiness_->executor(); }
  Readiness& readiness() const noexcept { return *readiness_; }

  /// Tells `waiter` once the descriptor may be read or written again. To be called after it could not.
  void wait(Want want, Waiter& waiter) { readiness_->wait(*watch_, want, waiter); }
  /// Ends every wait with operation_aborted.
  void cancel() {
    if (watch_) readiness_->finish(*watch_, asio::error::operation_aborted);
  }
  /// Whether the kernel has told of an error, or that both sides are over.
  bool is_broken() const noexcept { return watch_->over[static_cast<std::size_t>(Want::write)]; }
  /// What the last try has shown: whether there is more, so that a wait would have to end at once.
  void note(Want want, bool has_more) noexcept { watch_->ready_for(want) = has_more; }

 private:
  Readiness* readiness_;
  int descriptor_;
  Watch* watch_;
};

}  // namespace aluvia::net
