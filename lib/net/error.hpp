// Error codes below HTTP for what errno cannot express: name resolution, TLS and time limits. Errors of the
// system, timeouts included, compare equal to their std::errc; a cancelled wait is operation_aborted.
#pragma once

#include <system_error>

namespace aluvia::net {

enum class NetError {
  name_not_found = 1,  ///< NXDOMAIN, or no address of any family
  dns_timeout,         ///< no name server answered in time
  dns_failure,         ///< SERVFAIL, REFUSED, or an answer that makes no sense
  stream_truncated,    ///< TLS: the connection ended without close_notify (RFC 8446 §6.1)
  tls_certificate,     ///< the certificate is not trusted, expired, or for another name
  tls_protocol,        ///< the peer does not speak TLS as we do, or sent an alert
  would_loop,          ///< the address is our own listening address
  tls_renegotiation,   ///< the peer asked for a renegotiation (RFC 5246 §7.4.1.1), which we reject
  allowance_spent,     ///< the request may move no more bytes (WireAllowance)
};

const std::error_category& net_category() noexcept;
inline std::error_code make_error_code(NetError error) noexcept {
  return {static_cast<int>(error), net_category()};
}

}  // namespace aluvia::net

template <>
struct std::is_error_code_enum<aluvia::net::NetError> : std::true_type {};
