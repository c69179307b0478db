// What a burst of clients leaves behind: the allocator keeps it, megabytes of it, until it is asked to give
// it to the system. That takes half a millisecond for each, in which nobody is served: it is not done between
// the bursts of a page that loads, but once the last one has been over for a while.
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
