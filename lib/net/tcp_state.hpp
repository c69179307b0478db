// What the kernel knows of bytes that were written, for those who must tell a slow peer from a lost one.
#pragma once

#include "net/stream.hpp"

namespace aluvia::net {

/// Whether what was written last has been sent three times more, and nobody has acknowledged it: the network
/// has lost the peer, or forgotten it, and says nothing.
bool is_unheard(Stream& stream) noexcept;

/// Whether the peer has acknowledged every byte that was written.
bool has_taken_all(Stream& stream) noexcept;

}  // namespace aluvia::net
