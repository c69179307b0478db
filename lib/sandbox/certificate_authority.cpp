#include "sandbox/certificate_authority.hpp"

#include "base/base64.hpp"
#include "http/authority.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

namespace aluvia::sandbox {
namespace {

constexpr long one_day = 24 * 60 * 60;

void set_name(X509* certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* bytes = reinterpret_cast<const unsigned char*>(common_name.data());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, bytes, static_cast<int>(common_name.size()), -1, 0);
}

// Browsers refuse serial numbers that repeat and leaves valid for over 398 days.
Certificate blank(EVP_PKEY* key, long days) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), (serial >> 1) | 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -one_day);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * one_day);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

void extend(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  if (!extension) return;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make_authority(EVP_PKEY* key) {
  Certificate certificate = blank(key, 390);
  X509* x509 = certificate.get();
  set_name(x509, "Aluvia sandbox CA");
  X509_set_issuer_name(x509, X509_get_subject_name(x509));
  extend(x509, x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(x509, x509, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(x509, x509, NID_subject_key_identifier, "hash");
  X509_sign(x509, key, EVP_sha256());
  return certificate;
}

std::string pem_of(X509* certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

}  // namespace

CertificateAuthority::CertificateAuthority()
    : authority_key_(EVP_EC_gen("P-256")),
      leaf_key_(EVP_EC_gen("P-256")),
      authority_(make_authority(authority_key_.get())),
      pem_(pem_of(authority_.get())),
      service_(sign_leaf("Aluvia sandbox",
                         "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:gateway.aluvia.io,DNS:api.aluvia.io")) {}

std::string CertificateAuthority::key_pin() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(leaf_key_.get(), &der);
  if (size <= 0) return {};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(der, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(der);
  return base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Certificate CertificateAuthority::sign_leaf(const std::string& common_name,
                                            const std::string& alternative_names) {
  Certificate certificate = blank(leaf_key_.get(), 390);
  X509* x509 = certificate.get();
  set_name(x509, common_name);
  X509_set_issuer_name(x509, X509_get_subject_name(authority_.get()));
  extend(x509, authority_.get(), NID_basic_constraints, "critical,CA:FALSE");
  extend(x509, authority_.get(), NID_key_usage, "critical,digitalSignature");
  extend(x509, authority_.get(), NID_ext_key_usage, "serverAuth");
  extend(x509, authority_.get(), NID_subject_key_identifier, "hash");
  extend(x509, authority_.get(), NID_authority_key_identifier, "keyid");
  extend(x509, authority_.get(), NID_subject_alt_name, alternative_names.c_str());
  X509_sign(x509, authority_key_.get(), EVP_sha256());
  return certificate;
}

X509* CertificateAuthority::for_name(std::string_view name) {
  // parse_host lets through no comma or colon that the extension's own syntax would read.
  const auto host = http::parse_host(name);
  if (!host || host->kind != http::HostKind::name) return service_.get();
  if (host->host == "localhost") return service_.get();
  Certificate& leaf = leaves_[host->host];
  constexpr std::size_t longest_common_name = 64;  // RFC 5280, ub-common-name
  const bool fits = host->host.size() <= longest_common_name;
  if (!leaf) leaf = sign_leaf(fits ? host->host : "Aluvia sandbox site", "DNS:" + host->host);
  return leaf.get();
}

}  // namespace aluvia::sandbox
