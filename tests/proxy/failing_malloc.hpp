// A malloc of our own that fails when a test says so: operator new, the frames of coroutines and what the
// libraries allocate all end there. Only in a program that is linked with failing_malloc.cpp, and not beside
// a sanitizer, which has its own.
#pragma once

#include <cstddef>

namespace aluvia::test {

/// From now on, on this thread: `before` allocations succeed, then `failing` fail, then all succeed again.
void fail_allocations(std::size_t before, std::size_t failing);

/// Ends that. How many have failed.
std::size_t end_failing();

}  // namespace aluvia::test
