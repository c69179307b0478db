#include "base/secret.hpp"

#include <string.h>  // explicit_bzero

namespace aluvia {

void wipe_memory(void* at, std::size_t size) noexcept {
  if (size > 0) explicit_bzero(at, size);
}

void wipe(std::string& text) noexcept {
  wipe_memory(text.data(), text.capacity());
  text.clear();
}

}  // namespace aluvia
