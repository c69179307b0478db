#include "net/system_certificates.hpp"

#include <array>
#include <cstdlib>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

constexpr std::array bundles{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // newer Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // LibreSSL
};

bool exists(const char* path) {
  return access(path, F_OK) == 0;
}

// The places are compiled into OpenSSL. A program that carries Debian's OpenSSL looks below /usr/lib/ssl,
// which other distributions do not have, and Debian itself only with the package openssl.
bool openssl_has_certificates() {
  return std::getenv(X509_get_default_cert_file_env()) || std::getenv(X509_get_default_cert_dir_env()) ||
         exists(X509_get_default_cert_file()) || exists(X509_get_default_cert_dir());
}

}  // namespace

bool load_system_certificates(ssl_ctx_st& context) {
  if (!openssl_has_certificates()) {
    for (const char* bundle : bundles) {
      if (exists(bundle)) return SSL_CTX_load_verify_file(&context, bundle) == 1;
    }
  }
  return SSL_CTX_set_default_verify_paths(&context) == 1;
}

}  // namespace aluvia::net
