// Caches TLS sessions, so that the next handshake with the same server is short (RFC 8446 §2.2, RFC 5077),
// and sets some aside for the next run. Private to the module.
#pragma once

#include "net/tls_session_file.hpp"

#include <functional>
#include <string>

struct ssl_st;
struct ssl_ctx_st;

namespace aluvia::net {

/// From now on `context` keeps the sessions of its connections, some dozens, until it is freed. False: out of
/// memory.
bool keep_sessions(ssl_ctx_st& context) noexcept;

/// Offers a kept session of the same server to the handshake that `ssl` is about to begin, if there is one.
/// Precondition: the name or address to verify has been set, for a resumed session is not verified again.
void offer_session(ssl_st& ssl) noexcept;

/// Forgets what was kept for this server: it may be what made its handshake fail.
void forget_sessions(ssl_st& ssl) noexcept;

/// From now on sets sessions aside for the next run. They are not used in this one, so that no ticket is used
/// twice, whenever the process is killed. Calls `on_change` after each. Empty: sets none aside.
void set_sessions_aside(ssl_ctx_st& context, std::function<void()> on_change);

/// Returns copies of the sessions with the server that `ssl` would verify, those set aside, or with `all` the
/// cached ones as well. Only those of the certificate that the server had last; no chain if there is none.
SessionFile list_sessions(ssl_st& ssl, bool all);

/// Caches the sessions of a file that have not expired, and returns their number. Precondition: the chain is
/// verified for the server of `ssl`, which is used for nothing else then.
std::size_t adopt_sessions(ssl_st& ssl, SessionFile file);

}  // namespace aluvia::net
