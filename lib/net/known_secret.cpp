#include "net/known_secret.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace aluvia::net {

KnownSecret::KnownSecret(std::string_view secret) noexcept : digest_(digest_of(secret)) {}

// Digests have one length, whatever the texts have.
bool KnownSecret::matches(std::string_view offered) const noexcept {
  const Digest other = digest_of(offered);
  return CRYPTO_memcmp(digest_.data(), other.data(), digest_.size()) == 0;
}

KnownSecret::Digest KnownSecret::digest_of(std::string_view text) noexcept {
  Digest out;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
  return out;
}

}  // namespace aluvia::net
