// CertificateAuthority: the sandbox's own CA, which lives as long as the sandbox. Signs one certificate for
// the services and one for each host name that a client asks for. All keys are EC P-256.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace aluvia::sandbox {

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

/// Loop thread only after construction.
class CertificateAuthority {
 public:
  CertificateAuthority();

  /// The CA's certificate.
  const std::string& pem() const noexcept { return pem_; }

  X509* authority() const noexcept { return authority_.get(); }
  /// The key of every certificate below; one key for each name would only cost time.
  EVP_PKEY* leaf_key() const noexcept { return leaf_key_.get(); }
  /// Returns the SHA-256 of that key's SubjectPublicKeyInfo in base64, the form of a pin (RFC 7469 §2.4).
  std::string key_pin() const;
  /// The certificate for 127.0.0.1, ::1, localhost, gateway.aluvia.io and api.aluvia.io.
  X509* service() const noexcept { return service_.get(); }
  /// Returns the certificate for a host name, made at the first call and kept; that of the services if `name`
  /// is no host name.
  X509* for_name(std::string_view name);

 private:
  Certificate sign_leaf(const std::string& common_name, const std::string& alternative_names);

  Key authority_key_;
  Key leaf_key_;
  Certificate authority_;
  std::string pem_;
  Certificate service_;
  std::map<std::string, Certificate> leaves_;
};

}  // namespace aluvia::sandbox
