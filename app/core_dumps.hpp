// Forbids and allows core dumps and tracing: the memory of this process holds the token and the password of
// the gateway.
#pragma once

namespace aluvia::app {

/// Forbids core dumps, and reading or tracing by other processes of this user. Must be called first in
/// main().
void forbid_core_dumps() noexcept;

/// Allows them again, for debugging.
void allow_core_dumps() noexcept;

/// Restores the limit that forbid_core_dumps() found, in a child before exec. Only system calls.
void restore_core_limit() noexcept;

}  // namespace aluvia::app
