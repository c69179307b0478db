// SecretString: a text with secrets in it, in memory that is overwritten before it is freed.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <vector>

#include <fmt/format.h>

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

/// Copies, moves and growth leave no bytes in freed memory or on the stack. It is a vector, because a
/// std::string keeps up to 15 bytes inside the object, where no allocator sees them.
class SecretString {
 public:
  static constexpr std::size_t npos = std::string_view::npos;

  SecretString() = default;
  explicit SecretString(std::string_view text) : bytes_(text.begin(), text.end()) {}
  SecretString(std::size_t size, char c) : bytes_(size, c) {}

  operator std::string_view() const noexcept { return {bytes_.data(), bytes_.size()}; }
  std::string_view view() const noexcept { return *this; }
  bool empty() const noexcept { return bytes_.empty(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  char* data() noexcept { return bytes_.data(); }
  const char* data() const noexcept { return bytes_.data(); }
  char operator[](std::size_t at) const noexcept { return bytes_[at]; }
  std::size_t find(std::string_view text, std::size_t from = 0) const noexcept {
    return view().find(text, from);
  }

  void reserve(std::size_t size) { bytes_.reserve(size); }
  /// The bytes behind the new end stay in this object's memory until it is freed.
  void resize(std::size_t size) { bytes_.resize(size); }
  /// Overwrites the text and keeps the memory.
  void clear() noexcept {
    wipe_memory(bytes_.data(), bytes_.size());
    bytes_.clear();
  }
  /// Removes the first `count` bytes.
  void remove_prefix(std::size_t count) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  SecretString& append(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return *this;
  }
  SecretString& operator+=(std::string_view text) { return append(text); }
  SecretString& operator+=(char c) {
    bytes_.push_back(c);
    return *this;
  }

  friend bool operator==(const SecretString&, const SecretString&) = default;
  friend bool operator==(const SecretString& a, std::string_view b) noexcept { return a.view() == b; }

 private:
  std::vector<char, WipingAllocator<char>> bytes_;
};

std::ostream& operator<<(std::ostream&, const SecretString&) = delete;

}  // namespace aluvia

template <>
struct fmt::formatter<aluvia::SecretString> {
  formatter() = delete;
};
