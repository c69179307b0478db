// Maps OpenSSL's reads and writes to IoResult. Private to the module.
#pragma once

#include "net/stream.hpp"

#include <span>

struct ssl_ctx_st;

namespace aluvia::net {

/// Makes every stream of `context` fail with NetError::tls_renegotiation once its peer asks for a
/// renegotiation. OpenSSL alone would answer with a warning and wait on, and the peer might never send
/// another byte.
void tls_reject_renegotiation(ssl_ctx_st& context) noexcept;
/// Lets `ssl` move its records over `socket`, which it does not own. False: out of memory.
bool tls_attach(ssl_st& ssl, int socket) noexcept;
IoResult tls_read(ssl_st& ssl, std::span<char> into) noexcept;
IoResult tls_write(ssl_st& ssl, std::span<const char> from) noexcept;
/// Sends close_notify once; does not wait for the peer's.
void tls_close_notify(ssl_st& ssl) noexcept;
/// True if neither application data nor the end has come. Processes session tickets and key updates, which
/// do not count.
bool tls_is_quiet(ssl_st& ssl) noexcept;

}  // namespace aluvia::net
