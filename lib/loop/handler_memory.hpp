// Memory for the operation that an object has pending at Asio. Asio's own cache has two places
// per thread for operations of all sizes: a wait in every turn of the loop mostly finds them taken. Private
// to the module.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include <asio/associated_allocator.hpp>

namespace aluvia::loop {

/// Places for four operations: a timer that is moved several times in one turn of the loop still has the
/// cancelled ones. More come from the heap. Must outlive them. Loop thread only.
class HandlerMemory {
 public:
  HandlerMemory() = default;
  HandlerMemory(const HandlerMemory&) = delete;
  HandlerMemory& operator=(const HandlerMemory&) = delete;

  void* allocate(std::size_t bytes) {
    for (Place& place : places_) {
      if (place.is_taken || bytes > sizeof place.bytes) continue;
      place.is_taken = true;
      return place.bytes;
    }
    return ::operator new(bytes);
  }
  void deallocate(void* pointer) noexcept {
    for (Place& place : places_) {
      if (pointer == place.bytes) return static_cast<void>(place.is_taken = false);
    }
    ::operator delete(pointer);
  }

 private:
  struct Place {
    alignas(std::max_align_t) std::byte bytes[112];
    bool is_taken = false;
  };
  std::array<Place, 4> places_;
};

/// The standard's allocator over a HandlerMemory.
template <class T>
class HandlerAllocator {
 public:
  using value_type = T;

  explicit HandlerAllocator(HandlerMemory& memory) noexcept : memory_(&memory) {}
  template <class U>
  explicit HandlerAllocator(const HandlerAllocator<U>& other) noexcept : memory_(other.memory_) {}

  T* allocate(std::size_t count) { return static_cast<T*>(memory_->allocate(count * sizeof(T))); }
  void deallocate(T* pointer, std::size_t /*count*/) noexcept { memory_->deallocate(pointer); }
  template <class U>
  bool operator==(const HandlerAllocator<U>& other) const noexcept {
    return memory_ == other.memory_;
  }

 private:
  template <class>
  friend class HandlerAllocator;
  HandlerMemory* memory_;
};

/// A completion handler whose operation lives in a HandlerMemory.
template <class Function>
class HandlerIn {
 public:
  using allocator_type = HandlerAllocator<void>;

  HandlerIn(HandlerMemory& memory, Function function) : memory_(&memory), function_(std::move(function)) {}
  allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }
  template <class... Arguments>
  void operator()(Arguments&&... arguments) {
    function_(std::forward<Arguments>(arguments)...);
  }

 private:
  HandlerMemory* memory_;
  Function function_;
};

}  // namespace aluvia::loop
