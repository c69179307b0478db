// Pipes for splice(2), shared by all pumps of a loop: a pump holds one only while it moves bulk. Their number
// is bounded, because each holds two descriptors and up to a megabyte of kernel memory.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace aluvia::net {

/// A pipe's two ends, closed with it; empty after a move and where none could be made.
class Pipe {
 public:
  Pipe() = default;
  Pipe(int read_end, int write_end) noexcept : read_end_(read_end), write_end_(write_end) {}
  Pipe(Pipe&& other) noexcept
      : read_end_(std::exchange(other.read_end_, -1)), write_end_(std::exchange(other.write_end_, -1)) {}
  Pipe& operator=(Pipe&& other) noexcept;
  ~Pipe();

  explicit operator bool() const noexcept { return read_end_ >= 0; }
  int read_end() const noexcept { return read_end_; }
  int write_end() const noexcept { return write_end_; }

 private:
  int read_end_ = -1;
  int write_end_ = -1;
};

/// Loop thread only. Must outlive the pumps that use it.
class PipePool {
 public:
  /// Pipes that may be engaged at a time.
  static constexpr std::size_t limit = 64;

  /// Engages an empty pipe. Returns none at the limit, or where the process has no descriptor or pipe memory
  /// left: the caller copies the bytes instead. Blocks SIGPIPE on the calling thread.
  Pipe take();
  /// Takes back a pipe from take(). Keeps a few empty ones for the next take() and closes all others.
  void put(Pipe pipe, bool is_empty);

  std::size_t engaged() const noexcept { return engaged_; }

 private:
  std::size_t engaged_ = 0;
  std::vector<Pipe> idle_;
};

}  // namespace aluvia::net
