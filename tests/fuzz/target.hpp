// Interface of a fuzz target: a function that takes any bytes and aborts if a promise is broken. Each is in
// <name>.cpp; entry.cpp builds a libFuzzer program from one, replay.cpp runs all on their corpus.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace aluvia::fuzz {

using Target = void(std::string_view input);

Target request_head;
Target response_head;
Target body;
Target client_hello;
Target handshake;
Target socks;
Target tls_sessions;
Target authority;
Target rules;
Target policy;
Target user_response;
Target control_words;
Target mcp;

/// Ends the program, with the promise as its last words.
inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

/// Bytes in a block of exactly their size, so that AddressSanitizer sees a read beyond them.
class Copy {
 public:
  explicit Copy(std::string_view text) : bytes_(std::make_unique<char[]>(text.size())), size_(text.size()) {
    text.copy(bytes_.get(), text.size());
  }
  std::string_view view() const { return {bytes_.get(), size_}; }
  char* data() { return bytes_.get(); }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

/// Piece sizes for feeding an input in pieces: always 1, or a sequence that looks random and is the same for
/// the same input.
class Pieces {
 public:
  static Pieces single_bytes() { return Pieces(0); }
  static Pieces varied(std::string_view input) {
    return Pieces(static_cast<unsigned>(input.size()) * 2U + 1U);
  }

  std::size_t next() {
    if (state_ == 0) return 1;
    state_ = state_ * 1664525U + 1013904223U;
    return 1 + (state_ >> 16U) % ((state_ >> 28U) + 1U);
  }

 private:
  explicit Pieces(unsigned seed) : state_(seed) {}
  unsigned state_;
};

}  // namespace aluvia::fuzz
