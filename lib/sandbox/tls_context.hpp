// Makes the OpenSSL server contexts: one for API and gateway, and one for the origin, which presents the
// certificate of the name that the client asks for.
#pragma once

#include "sandbox/certificate_authority.hpp"

#include <memory>

#include <openssl/ssl.h>

namespace aluvia::sandbox {

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;

TlsContext make_service_tls(CertificateAuthority& authority);
/// `authority` must outlive every connection of the context.
TlsContext make_origin_tls(CertificateAuthority& authority);

}  // namespace aluvia::sandbox
