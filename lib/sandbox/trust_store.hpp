// Makes a key store for Java that trusts one CA.
#pragma once

#include <string>
#include <string_view>

namespace aluvia::sandbox {

/// Returns the bytes of a PKCS #12 file (RFC 7292) with the certificate of `pem` as a trusted entry, checked
/// by `password`, which is no secret. Empty if OpenSSL fails.
std::string java_trust_store(std::string_view pem, const std::string& password);

}  // namespace aluvia::sandbox
