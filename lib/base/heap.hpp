// Controls the allocator of the whole process (glibc malloc).
#pragma once

namespace aluvia {

/// Makes all threads allocate from one arena. An arena for each thread would reserve 64 MB of address space,
/// which counts against a limit (ulimit -v). Call it before the first thread starts.
void use_one_arena() noexcept;

/// Makes every free() merge its chunk with free neighbors at once. By default small chunks are set aside and
/// merged together in one later malloc(): after the poll thread has freed 100,000 rules, that was a call of 5
/// ms on the loop.
void merge_free_memory_at_once() noexcept;

/// Installs a handler for allocations that fail: it writes one line to standard error without allocating, and
/// aborts (SIGABRT). A supervisor restarts the program, which is safer than to continue in an inconsistent
/// state. Only a program may call it, not a library: the handler is global.
void abort_when_out_of_memory() noexcept;

/// Returns free heap pages to the kernel (malloc_trim). Takes about 0.5 ms for each megabyte; no thread can
/// allocate meanwhile.
void release_free_memory() noexcept;

}  // namespace aluvia
