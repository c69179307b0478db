// Forbids and allows core dumps and tracing: the memory of this process holds the token and the password of
// the gateway.
#pragma once

namespace aluvia::app {

/// No core dump is written, and no other process of this user may read the memory or trace it. To be called
/// first of all.
void forbid_core_dumps() noexcept;

/// Takes that back, for those who look for a bug.
void allow_core_dumps() noexcept;

/// Gives this process, a child about to run another program, the limit that forbid_core_dumps() found. Only
/// system calls.
void restore_core_limit() noexcept;

}  // namespace aluvia::app
