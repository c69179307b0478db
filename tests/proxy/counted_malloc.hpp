// Replaces malloc with one that counts the calls of a thread: operator new, coroutine frames and the
// libraries all allocate through it. Only for a program that is linked with counted_malloc.cpp, and not
// beside a sanitizer, which replaces malloc itself.
#pragma once

#include <cstddef>

namespace aluvia::test {

/// Counts the calling thread's allocations from now on.
void start_counting();

/// Returns the number of the calling thread's allocations since start_counting(), and stops counting.
/// Prints where they were made to stderr if the environment holds ALUVIA_TRACE_ALLOCATIONS: one line of
/// return addresses for each, relative to the program, for addr2line.
std::size_t stop_counting();

}  // namespace aluvia::test
