// Pumps the bytes of a tunnel in both directions and passes a half-close on.
#pragma once

#include "sandbox/wire.hpp"

namespace aluvia::sandbox {

/// Runs until both directions have ended, or one broke, and then closes both ends. Sends pending bytes of
/// either wire first.
asio::awaitable<void> run_tunnel(Wire& a, Wire& b);

/// Moves the bytes of one end to the other until it ends, and passes the end on.
asio::awaitable<void> pump(Wire& from, Wire& to);

}  // namespace aluvia::sandbox
