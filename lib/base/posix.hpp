// Repeats system calls that a signal interrupts (EINTR).
#pragma once

#include <cerrno>

#include <sys/types.h>

namespace aluvia {

/// Calls `call` until it returns a value of 0 or above, or fails with an error other than EINTR.
template <class Call>
ssize_t retry_on_eintr(Call call) {
  ssize_t n = 0;
  do {
    n = call();
  } while (n < 0 && errno == EINTR);
  return n;
}

}  // namespace aluvia
