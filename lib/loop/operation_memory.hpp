// Room for an asynchronous operation that must be begun even where the machine has no memory left, because
// nobody would ever be told of anything again. As the allocator of its handler, it hands the room out.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace aluvia::loop {

/// Outlives the operations begun with it. One thread. For one operation at a time, and a few that have been
/// cancelled and not told so yet; beyond them memory comes from the heap.
class OperationMemory {
 public:
  OperationMemory() = default;
  OperationMemory(const OperationMemory&) = delete;
  OperationMemory& operator=(const OperationMemory&) = delete;

  void* take(std::size_t size) {
    for (Room& room : rooms_) {
      if (room.is_taken || size > room.bytes.size()) continue;
      room.is_taken = true;
      return room.bytes.data();
    }
    return ::operator new(size);
  }
  void give_back(void* memory) noexcept {
    for (Room& room : rooms_) {
      if (memory == room.bytes.data()) return static_cast<void>(room.is_taken = false);
    }
    ::operator delete(memory);
  }

 private:
  struct Room {
    alignas(std::max_align_t) std::array<std::byte, 192> bytes;
    bool is_taken = false;
  };
  std::array<Room, 4> rooms_{};
};

/// What Asio asks for memory (its associated allocator).
template <class T>
class OperationAllocator {
 public:
  using value_type = T;

  explicit OperationAllocator(OperationMemory& memory) noexcept : memory_(&memory) {}
  template <class Other>
  // NOLINTNEXTLINE(google-explicit-constructor): allocators are rebound without a word
  OperationAllocator(const OperationAllocator<Other>& other) noexcept : memory_(other.memory_) {}

  T* allocate(std::size_t count) { return static_cast<T*>(memory_->take(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t) noexcept { memory_->give_back(memory); }

  friend bool operator==(const OperationAllocator& a, const OperationAllocator& b) noexcept {
    return a.memory_ == b.memory_;
  }

 private:
  template <class Other>
  friend class OperationAllocator;
  OperationMemory* memory_;
};

/// `handler` with that memory for its operation.
template <class Handler>
class WithMemory {
 public:
  using allocator_type = OperationAllocator<void*>;

  WithMemory(OperationMemory& memory, Handler handler) : memory_(&memory), handler_(std::move(handler)) {}
  allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }
  template <class... Arguments>
  void operator()(Arguments&&... arguments) {
    handler_(std::forward<Arguments>(arguments)...);
  }

 private:
  OperationMemory* memory_;
  Handler handler_;
};

}  // namespace aluvia::loop
