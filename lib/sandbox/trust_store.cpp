#include "sandbox/trust_store.hpp"

#include "sandbox/certificate_authority.hpp"

#include <memory>

#include <openssl/bio.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

namespace aluvia::sandbox {
namespace {

struct Free {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(PKCS12* store) const noexcept { PKCS12_free(store); }
  void operator()(STACK_OF(PKCS12_SAFEBAG) * bags) const noexcept {
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  }
  void operator()(STACK_OF(PKCS7) * safes) const noexcept { sk_PKCS7_pop_free(safes, PKCS7_free); }
  void operator()(ASN1_OBJECT* object) const noexcept { ASN1_OBJECT_free(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

constexpr int iterations = 10000;

// Java trusts a certificate without a key only if its bag has Oracle's attribute trustedKeyUsage, here
// with anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
bool mark_trusted(PKCS12_SAFEBAG* bag) {
  const Owned<ASN1_OBJECT> any_usage(OBJ_txt2obj("2.5.29.37.0", 1));
  return PKCS12_add1_attr_by_txt(bag, "2.16.840.1.113894.746875.1.1", V_ASN1_OBJECT,
                                 reinterpret_cast<const unsigned char*>(any_usage.get()), -1) == 1;
}

Owned<STACK_OF(PKCS12_SAFEBAG)> bags_of(X509* certificate) {
  STACK_OF(PKCS12_SAFEBAG)* bags = nullptr;
  PKCS12_SAFEBAG* const bag = PKCS12_add_cert(&bags, certificate);
  Owned<STACK_OF(PKCS12_SAFEBAG)> out(bags);
  const bool is_whole =
      bag && PKCS12_add_friendlyname_utf8(bag, "aluvia-sandbox", -1) == 1 && mark_trusted(bag);
  if (!is_whole) out.reset();
  return out;
}

std::string bytes_of(PKCS12* store) {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  if (i2d_PKCS12_bio(memory.get(), store) != 1) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

std::string java_trust_store(std::string_view pem, const std::string& password) {
  const Owned<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Certificate certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  if (!certificate) return {};
  const auto bags = bags_of(certificate.get());
  if (!bags) return {};
  STACK_OF(PKCS7)* packed = nullptr;
  const int added =
      PKCS12_add_safe(&packed, bags.get(), -1, 0, nullptr);  // -1: a certificate needs no cipher
  const Owned<STACK_OF(PKCS7)> safes(packed);
  if (added != 1) return {};
  const Owned<PKCS12> store(PKCS12_add_safes(safes.get(), 0));
  const bool is_sealed =
      store && PKCS12_set_mac(store.get(), password.c_str(), -1, nullptr, 0, iterations, EVP_sha256()) == 1;
  return is_sealed ? bytes_of(store.get()) : std::string();
}

}  // namespace aluvia::sandbox
