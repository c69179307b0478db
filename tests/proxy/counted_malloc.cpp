#include "counted_malloc.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

#include <execinfo.h>
#include <link.h>

// glibc's own functions, below those that a program may replace.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace aluvia::test {
namespace {

constexpr std::size_t depth = 16;

struct Call {
  std::size_t size;
  int frames;
  std::array<void*, depth> stack;
};

thread_local constinit bool counts = false;
thread_local constinit std::size_t allocations = 0;

// Written by the counting thread only; a test counts one thread at a time.
std::array<Call, 4096> calls;

bool is_tracing() {
  static const bool asked = std::getenv("ALUVIA_TRACE_ALLOCATIONS") != nullptr;
  return asked;
}

void note(std::size_t size) {
  if (!counts) return;
  counts = false;  // backtrace() may allocate
  if (is_tracing() && allocations < calls.size()) {
    Call& call = calls[allocations];
    call.size = size;
    call.frames = ::backtrace(call.stack.data(), static_cast<int>(depth));
  }
  ++allocations;
  counts = true;
}

// The address at which the program itself, the first object of the process, has been loaded.
std::size_t program_base() {
  std::size_t base = 0;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* out) {
        *static_cast<std::size_t*>(out) = info->dlpi_addr;
        return 1;
      },
      &base);
  return base;
}

void print_calls() {
  const std::size_t base = program_base();
  for (std::size_t i = 0; i < allocations && i < calls.size(); ++i) {
    std::fprintf(stderr, "allocation of %zu bytes:", calls[i].size);
    for (int frame = 0; frame < calls[i].frames; ++frame) {
      const auto address = reinterpret_cast<std::size_t>(calls[i].stack[static_cast<std::size_t>(frame)]);
      std::fprintf(stderr, " %#zx", address - base);
    }
    std::fputs("\n", stderr);
  }
}

}  // namespace

void start_counting() {
  if (is_tracing()) {
    std::array<void*, 1> first;
    ::backtrace(first.data(), 1);  // loads what it needs
  }
  allocations = 0;
  counts = true;
}

std::size_t stop_counting() {
  counts = false;
  if (is_tracing()) print_calls();
  return allocations;
}

}  // namespace aluvia::test

extern "C" {

void* malloc(std::size_t size) {
  aluvia::test::note(size);
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  aluvia::test::note(count * size);
  return __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) {
  aluvia::test::note(size);
  return __libc_realloc(old, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  aluvia::test::note(size);
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  aluvia::test::note(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  aluvia::test::note(size);
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : 12;  // ENOMEM
}

}  // extern "C"
