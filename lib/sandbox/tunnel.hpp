// Pumps the bytes of a tunnel in both directions and passes a half-close on.
#pragma once

#include "sandbox/wire.hpp"

namespace aluvia::sandbox {

/// Runs until both directions have ended, or one broke: then both ends are closed. Bytes pending on either
/// wire go first.
asio::awaitable<void> run_tunnel(Wire& a, Wire& b);

/// Moves what one end sends to the other until it ends, and passes the end on.
asio::awaitable<void> pump(Wire& from, Wire& to);

}  // namespace aluvia::sandbox
