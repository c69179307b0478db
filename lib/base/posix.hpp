// Repeats system calls that a signal interrupts (EINTR).
#pragma once

#include <cerrno>

namespace aluvia {

/// Calls `call` until it returns a value of 0 or above, or fails with an error other than EINTR.
template <class Call>
auto retry_on_eintr(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace aluvia
