#include "base/heap.hpp"

#include <cstdlib>
#include <new>
#include <string_view>

#include <malloc.h>
#include <unistd.h>

namespace aluvia {
namespace {

[[noreturn]] void abort_with_a_line() noexcept {
  constexpr std::string_view line = "aluvia-connect: out of memory; the process aborts, start it again\n";
  // A failure of this write cannot be reported either.
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
  std::abort();
}

}  // namespace

void use_one_arena() noexcept {
  ::mallopt(M_ARENA_MAX, 1);
}

void merge_free_memory_at_once() noexcept {
  ::mallopt(M_MXFAST, 0);
}

void abort_when_out_of_memory() noexcept {
  std::set_new_handler(&abort_with_a_line);
}

void release_free_memory() noexcept {
  ::malloc_trim(0);
}

}  // namespace aluvia
