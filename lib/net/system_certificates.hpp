// Loads the CA certificates of the system, also where OpenSSL was built for another distribution.
#pragma once

struct ssl_ctx_st;

namespace aluvia::net {

/// Loads the certificates of SSL_CERT_FILE and SSL_CERT_DIR, or those of OpenSSL's own places. If the
/// variables are unset and neither of the places exists, loads the bundle of another distribution. On failure
/// OpenSSL's queue of errors has the reason. A system without certificates is no failure.
bool load_system_certificates(ssl_ctx_st& context);

}  // namespace aluvia::net
