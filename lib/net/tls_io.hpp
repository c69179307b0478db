// OpenSSL's read and write as Stream understands them. Private to the room.
#pragma once

#include "net/stream.hpp"

#include <span>

namespace aluvia::net {

/// Lets `ssl` move its records over `socket`, which it does not own. False: out of memory.
bool tls_attach(ssl_st& ssl, int socket) noexcept;
IoResult tls_read(ssl_st& ssl, std::span<char> into) noexcept;
IoResult tls_write(ssl_st& ssl, std::span<const char> from) noexcept;
/// Sends close_notify once; does not wait for the peer's.
void tls_close_notify(ssl_st& ssl) noexcept;
/// Whether no byte for us has come, and no end. Session tickets and key updates are taken in and do not
/// count.
bool tls_is_quiet(ssl_st& ssl) noexcept;

}  // namespace aluvia::net
