// Authentication schemes that bind a user to a connection instead of a request: NTLM, and Negotiate (RFC
// 4559), which may carry NTLM. In HTTP every request stands alone, and these schemes violate that (RFC 9110
// §3.3). A proxy must recognize them: an upstream connection that has seen one serves one client alone.
//
//   WWW-Authenticate = #( auth-scheme [ 1*SP ( token68 / #auth-param ) ] )      (RFC 9110 §11.6.1)
//   Authorization    = auth-scheme [ 1*SP ( token68 / #auth-param ) ]           (RFC 9110 §11.6.2)
#pragma once

#include "http/head.hpp"

namespace aluvia::http {

/// True if the fields of a request or of a response show that their connection is being bound to a user: NTLM
/// or Negotiate in Authorization, Proxy-Authorization, WWW-Authenticate, Proxy-Authenticate,
/// Authentication-Info or Proxy-Authentication-Info, in any letter case and at any place of a list, or the
/// field Persistent-Auth with any value. True in doubtful cases, too: the connection then only serves fewer
/// clients.
bool binds_connection(const Fields& fields) noexcept;

}  // namespace aluvia::http
