// Caches TLS sessions, so that the next handshake with the same server is short (RFC 8446 §2.2, RFC 5077).
// Private to the module.
#pragma once

struct ssl_st;
struct ssl_ctx_st;

namespace aluvia::net {

/// From now on `context` keeps the sessions of its connections, a few, until it is freed. False: out of
/// memory.
bool keep_sessions(ssl_ctx_st& context) noexcept;

/// Offers a kept session of the same server to the handshake that `ssl` is about to begin, if there is one.
/// Precondition: the name or address to verify has been set, for a resumed session is not verified again.
void offer_session(ssl_st& ssl) noexcept;

/// Forgets what was kept for this server: it may be what made its handshake fail.
void forget_sessions(ssl_st& ssl) noexcept;

}  // namespace aluvia::net
