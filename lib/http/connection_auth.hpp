// Detects authentication schemes that bind a user to a connection instead of a request: NTLM, and Negotiate
// (RFC 4559), which may carry NTLM. They violate HTTP, in which each request stands alone (RFC 9110 §3.3). An
// upstream connection that has seen one must never serve another client.
//
//   WWW-Authenticate = #( auth-scheme [ 1*SP ( token68 / #auth-param ) ] )      (RFC 9110 §11.6.1)
//   Authorization    = auth-scheme [ 1*SP ( token68 / #auth-param ) ]           (RFC 9110 §11.6.2)
#pragma once

#include "http/head.hpp"

namespace aluvia::http {

/// Returns true if the fields of a request or response bind their connection to a user: NTLM or Negotiate in
/// Authorization, Proxy-Authorization, WWW-Authenticate, Proxy-Authenticate, Authentication-Info or
/// Proxy-Authentication-Info, in any letter case and at any position of a list, or the field Persistent-Auth
/// with any value. Also true in doubtful cases: the only cost is a connection that is not shared.
bool binds_connection(const Fields& fields) noexcept;

}  // namespace aluvia::http
