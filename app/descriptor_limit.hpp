// Raises the limit of open files: a connection takes two, its own and one to the site or gateway. Most
// systems start programs with a soft limit of 1024 that they may raise themselves, up to the hard limit.
#pragma once

#include <cstdint>

namespace aluvia::app {

/// Returns the number of connections that fit into a limit of descriptors; at least 1.
std::uint64_t connections_within(std::uint64_t descriptors) noexcept;

/// Returns the limit of descriptors for so many connections, with a reserve for idle connections to sites,
/// pipes and look-ups.
std::uint64_t descriptors_for(std::uint64_t connections) noexcept;

/// Raises the soft limit of this process for `connections`, up to the hard limit; never lowers it. Returns
/// the new limit.
std::uint64_t raise_descriptor_limit(std::uint64_t connections) noexcept;

/// Restores the limit that raise_descriptor_limit() found, in a child before exec. Only system calls.
void restore_descriptor_limit() noexcept;

}  // namespace aluvia::app
