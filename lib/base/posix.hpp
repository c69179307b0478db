// For system calls that a signal may interrupt.
#pragma once

#include <cerrno>

#include <sys/types.h>

namespace aluvia {

/// Makes `call` again as long as it ends with EINTR.
template <class Call>
ssize_t restarting(Call call) {
  ssize_t n = 0;
  do {
    n = call();
  } while (n < 0 && errno == EINTR);
  return n;
}

}  // namespace aluvia
