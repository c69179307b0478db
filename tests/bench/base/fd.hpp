// A file descriptor that closes itself, and what a process with ten thousand of them needs.
#pragma once

#include <utility>

#include <unistd.h>

namespace aluvia::bench {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void reset() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

// Raises the limit of descriptors as far as the system lets this process, and makes writing to a closed
// connection an error instead of a signal.
void prepare_process();

}  // namespace aluvia::bench
