#include "core_dumps.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace aluvia::app {
namespace {

rlimit found{};
bool is_found = false;

}  // namespace

void forbid_core_dumps() noexcept {
  ::prctl(PR_SET_DUMPABLE, 0);
  is_found = ::getrlimit(RLIMIT_CORE, &found) == 0;
  if (!is_found) return;
  const rlimit none{0, found.rlim_max};
  ::setrlimit(RLIMIT_CORE, &none);
}

void allow_core_dumps() noexcept {
  ::prctl(PR_SET_DUMPABLE, 1);
  restore_core_limit();
}

void restore_core_limit() noexcept {
  if (is_found) ::setrlimit(RLIMIT_CORE, &found);
}

}  // namespace aluvia::app
