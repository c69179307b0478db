// A secret that is not kept: only whether something offered is the same can be asked, and how long the answer
// takes tells nothing about it.
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
