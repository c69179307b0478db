// Pipes for splice(2), shared by all pumps of a loop: a pump holds one only while it moves bulk.
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
  /// An empty pipe, or none where descriptors or pipe memory are short: then the bytes are copied instead.
  /// Blocks SIGPIPE on the calling thread.
  Pipe take();
  /// Takes back a pipe that is empty; what is over the few kept ones is closed.
  void put(Pipe pipe);

 private:
  std::vector<Pipe> idle_;
};

}  // namespace aluvia::net
