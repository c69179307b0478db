// Moves bytes from socket to socket inside the kernel, by way of a pipe (splice(2)): for bulk, no byte is
// copied into this process. Knows nothing of waiting; a pump drives it.
#pragma once

#include "net/pipe_pool.hpp"
#include "net/stream.hpp"

namespace aluvia::net {

class Splicer {
 public:
  explicit Splicer(PipePool& pool) noexcept : pool_(pool) {}
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
  IoResult drain(Stream& sink) noexcept;

 private:
  PipePool& pool_;
  Pipe pipe_;
  std::size_t held_ = 0;
};

}  // namespace aluvia::net
