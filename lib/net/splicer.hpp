// Moves bytes from socket to socket inside the kernel through a pipe (splice(2)), so that bulk is not copied
// into this process. It never waits; a pump drives it.
#pragma once

#include "loop/deadline.hpp"
#include "net/pipe_pool.hpp"
#include "net/stream.hpp"

#include <functional>
#include <span>

namespace aluvia::net {

class Splicer {
 public:
  /// A sink that takes nothing for this long has stalled.
  static constexpr std::chrono::milliseconds stall{1000};

  /// Calls `on_stall` on the loop once a pipe has held bytes for a `stall` because drain() was blocked. It
  /// should take the bytes out by unload(), so that the pipe serves another pump.
  Splicer(PipePool& pool, const loop::Executor& executor, std::function<void()> on_stall)
      : pool_(pool), stalled_(executor, std::move(on_stall)) {}
  /// A pipe that still holds bytes is closed with them.
  ~Splicer() { release(); }
  Splicer(const Splicer&) = delete;
  Splicer& operator=(const Splicer&) = delete;

  /// Takes a pipe. False where there is none: copy instead.
  bool engage();
  /// Gives the pipe back, or closes it where bytes are left in it.
  void release() noexcept;

  bool is_engaged() const noexcept { return static_cast<bool>(pipe_); }
  std::size_t held() const noexcept { return held_; }

  /// source -> pipe, at most `limit` bytes. Preconditions: engaged, held() is 0, both streams plain. `failed`
  /// with invalid_argument where the kernel cannot splice this socket, and otherwise where a sandbox forbids
  /// it.
  IoResult fill(Stream& source, std::size_t limit) noexcept;
  /// pipe -> sink, as much of held() as fits.
  IoResult drain(Stream& sink);
  /// pipe -> memory: as much of held() as `into` takes; returns the count. The pipe goes back to its
  /// pool once it is empty.
  std::size_t unload(std::span<char> into) noexcept;

 private:
  PipePool& pool_;
  Pipe pipe_;
  std::size_t held_ = 0;
  loop::Deadline stalled_;
};

}  // namespace aluvia::net
