// Computes hashes and random texts by OpenSSL.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace aluvia::sandbox {

/// Computes the SHA-256 of a text that comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  /// Returns it in lower-case hexadecimal; once.
  std::string hex();

 private:
  evp_md_ctx_st* context_;
};

/// Returns the 20 bytes of SHA-1, for the WebSocket handshake.
std::string sha1(std::string_view bytes);

/// Returns `length` letters and digits from OpenSSL's random generator.
std::string random_text(std::size_t length);

}  // namespace aluvia::sandbox
