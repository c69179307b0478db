// Percent-encoding (RFC 3986 §2.1).
#pragma once

#include "base/ascii.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::percent {

/// RFC 3986 §2.3.
constexpr bool is_unreserved(char c) noexcept {
  return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// `Text` is std::string or SecretString.
template <class Text>
void append_encoded(Text& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += digits[byte >> 4U];
  out += digits[byte & 0xFU];
}

/// Every byte that is not unreserved is encoded.
inline std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      append_encoded(out, c);
    }
  }
  return out;
}

/// The byte that the escape at the begin of `text` stands for; nothing if no escape begins there.
constexpr std::optional<char> decoded_byte(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const int high = ascii::hex_value(text[1]);
  const int low = ascii::hex_value(text[2]);
  return high >= 0 && low >= 0 ? std::optional(static_cast<char>(high * 16 + low)) : std::nullopt;
}

}  // namespace aluvia::percent
