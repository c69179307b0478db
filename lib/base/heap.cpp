#include "base/heap.hpp"

#include <malloc.h>

namespace aluvia {

void share_one_heap() noexcept {
  ::mallopt(M_ARENA_MAX, 1);
}

void give_back_free_memory() noexcept {
  ::malloc_trim(0);
}

}  // namespace aluvia
