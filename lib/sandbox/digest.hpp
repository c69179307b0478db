// Hashes and random text over OpenSSL.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace aluvia::sandbox {

/// SHA-256 of a stream of pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  /// In lower-case hexadecimal; once only.
  std::string hex();

 private:
  evp_md_ctx_st* context_;
};

/// The 20 bytes of SHA-1, for the WebSocket handshake.
std::string sha1(std::string_view bytes);

/// `length` letters and digits from OpenSSL's random generator.
std::string random_text(std::size_t length);

}  // namespace aluvia::sandbox
