// OpenSSL's read and write as Stream understands them. Private to the room.
#pragma once

#include <span>

#include "net/stream.hpp"

namespace aluvia::net {

IoResult tls_read(ssl_st& ssl, std::span<char> into) noexcept;
IoResult tls_write(ssl_st& ssl, std::span<const char> from) noexcept;
/// Sends close_notify once; does not wait for the peer's.
void tls_close_notify(ssl_st& ssl) noexcept;
/// Whether decrypted bytes or unread records wait in OpenSSL's own memory.
bool tls_has_pending(const ssl_st& ssl) noexcept;

}  // namespace aluvia::net
