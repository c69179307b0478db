// Returns freed heap pages to the kernel (malloc_trim) after a burst of clients has ended. That blocks the
// loop for half a millisecond per megabyte, so it waits until the last burst has been over for a while.
#pragma once

#include "loop/deadline.hpp"

#include <cstddef>

namespace aluvia::proxy {

/// Loop thread only.
class BurstMemory {
 public:
  explicit BurstMemory(const loop::Executor& executor);

  /// A client more: `clients` are there now.
  void grown(std::size_t clients) noexcept;
  /// A client less.
  void shrunk(std::size_t clients) noexcept;

 private:
  bool is_over() const noexcept;
  void give_back() noexcept;

  std::size_t clients_ = 0;
  std::size_t most_ = 0;  // since memory was given back last
  bool waits_ = false;
  loop::Deadline lull_;
};

}  // namespace aluvia::proxy
