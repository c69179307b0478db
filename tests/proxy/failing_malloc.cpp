#include "failing_malloc.hpp"

#include <cerrno>
#include <cstdlib>

// glibc's own, below those that programs may replace.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace aluvia::test {
namespace {

struct Plan {
  std::size_t before = 0;
  std::size_t failing = 0;
  std::size_t failed = 0;
};

thread_local constinit Plan plan;

bool is_to_fail() {
  if (plan.failing == 0) return false;
  if (plan.before > 0) {
    --plan.before;
    return false;
  }
  --plan.failing;
  ++plan.failed;
  errno = ENOMEM;
  return true;
}

}  // namespace

void fail_allocations(std::size_t before, std::size_t failing) {
  plan = {before, failing, 0};
}

std::size_t end_failing() {
  const std::size_t failed = plan.failed;
  plan = {};
  return failed;
}

}  // namespace aluvia::test

extern "C" {

void* malloc(std::size_t size) {
  return aluvia::test::is_to_fail() ? nullptr : __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  return aluvia::test::is_to_fail() ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) {
  return aluvia::test::is_to_fail() ? nullptr : __libc_realloc(old, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  return aluvia::test::is_to_fail() ? nullptr : __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return aluvia::test::is_to_fail() ? nullptr : __libc_memalign(alignment, size);
}

int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  if (aluvia::test::is_to_fail()) return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : ENOMEM;
}

}  // extern "C"
