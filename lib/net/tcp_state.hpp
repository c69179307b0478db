// Reads the kernel's state of written bytes, which tells a slow peer from a lost one.
#pragma once

#include "net/stream.hpp"

namespace aluvia::net {

/// True if the last bytes written have been retransmitted three times without an acknowledgment: the network
/// has lost the peer without an error.
bool is_unheard(Stream& stream) noexcept;

/// True if the peer has acknowledged every byte that was written.
bool has_taken_all(Stream& stream) noexcept;

}  // namespace aluvia::net
