// SecretString: a string for text with secrets in it, which overwrites its memory before freeing it. Growing
// leaves no copy behind. A text short enough to need no allocation (15 bytes) is not overwritten.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace aluvia {

/// Overwrites `size` bytes; the compiler does not remove the call.
void wipe_memory(void* at, std::size_t size) noexcept;

template <class T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) noexcept {}

  T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
  void deallocate(T* at, std::size_t n) noexcept {
    wipe_memory(at, n * sizeof(T));
    std::allocator<T>().deallocate(at, n);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) = default;
};

using SecretString = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

}  // namespace aluvia
