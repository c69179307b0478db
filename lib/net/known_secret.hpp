// Compares an offered secret with one that is not stored, only its digest, in constant time.
#pragma once

#include <array>
#include <string_view>

namespace aluvia::net {

class KnownSecret {
 public:
  explicit KnownSecret(std::string_view secret) noexcept;

  /// Takes a time that depends on the length of `offered` only.
  bool matches(std::string_view offered) const noexcept;

 private:
  using Digest = std::array<unsigned char, 32>;
  static Digest digest_of(std::string_view text) noexcept;

  Digest digest_;
};

}  // namespace aluvia::net
