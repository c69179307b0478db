// Raises the limit of open files: a connection takes two, its own and one to the site or gateway. Most
// systems start programs with a soft limit of 1024 that they may raise themselves, up to the hard limit.
#pragma once

#include <cstdint>

namespace aluvia::app {

/// How many connections a limit lets in with all that the proxy needs besides; 1 at least.
std::uint64_t connections_within(std::uint64_t descriptors) noexcept;

/// The limit that so many connections need, and leave comfortable: idle connections to sites, pipes,
/// look-ups.
std::uint64_t descriptors_for(std::uint64_t connections) noexcept;

/// Raises this process's soft limit to what `connections` need, as far as the hard one lets it; it is never
/// lowered. The limit that there is now.
std::uint64_t raise_descriptor_limit(std::uint64_t connections) noexcept;

/// Gives this process, a child about to run another program, the limit that raise_descriptor_limit() found.
/// Only system calls.
void restore_descriptor_limit() noexcept;

}  // namespace aluvia::app
