// An owned file descriptor: the object that holds it closes it once.
#pragma once

#include <utility>

#include <unistd.h>

namespace aluvia::net {

/// Movable, not copyable. Empty while negative.
class OwnedDescriptor {
 public:
  OwnedDescriptor() = default;
  explicit OwnedDescriptor(int number) noexcept : number_(number) {}
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : number_(other.release()) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = other.release();
    }
    return *this;
  }
  ~OwnedDescriptor() { reset(); }

  int number() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

  /// Gives the descriptor away; this object is empty afterwards.
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  void reset() noexcept {
    if (number_ >= 0) ::close(release());
  }

  int number_ = -1;
};

}  // namespace aluvia::net
