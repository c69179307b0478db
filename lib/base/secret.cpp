#include "base/secret.hpp"

#include "base/secret_string.hpp"

#include <utility>

#include <string.h>  // explicit_bzero

namespace aluvia {

void wipe_memory(void* at, std::size_t size) noexcept {
  explicit_bzero(at, size);
}

void wipe(std::string& text) noexcept {
  wipe_memory(text.data(), text.capacity());
  text.clear();
}

// Wipes the argument after the move, which leaves the bytes of a short string in the old object.
Secret::Secret(std::string text) : text_(std::move(text)) {
  wipe(text);
}

Secret::Secret(const Secret& other) : text_(other.text_) {}

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
  wipe(other.text_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe(text_);
    text_ = other.text_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(text_);
    text_.swap(other.text_);
  }
  return *this;
}

Secret::~Secret() {
  wipe(text_);
}

}  // namespace aluvia
