// The heap of the whole process, as glibc keeps it.
#pragma once

namespace aluvia {

/// One for all threads: each thread's own would reserve 64 MB of addresses, for the little that is asked for
/// beside the loop, and a limit of addresses (ulimit -v) counts them. Before there are threads.
void share_one_heap() noexcept;

/// Installs a handler for allocations that fail: it writes one line to standard error without allocating, and
/// aborts (SIGABRT). A supervisor restarts the program, which is safer than to go on with half of its work
/// undone. For programs, not for libraries: the handler is the whole process's.
void abort_when_out_of_memory() noexcept;

/// Gives what is free to the system. Half a millisecond for each megabyte, in which no thread can allocate.
void give_back_free_memory() noexcept;

}  // namespace aluvia
