// Private to the module: character classes of heads as look-up tables, and the search for control characters.
// tchar: RFC 9110 §5.6.2; OWS: §5.6.3; field-value: §5.5.
#pragma once

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aluvia::http::detail {

constexpr unsigned char octet(char c) noexcept {
  return static_cast<unsigned char>(c);
}

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 128; ++c) table[c] = ascii::is_alnum(static_cast<char>(c));
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[octet(c)] = true;
  return table;
}
inline constexpr auto token_table = make_token_table();

constexpr bool is_tchar(char c) noexcept {
  return token_table[octet(c)];
}
constexpr bool is_ows(char c) noexcept {
  return c == ' ' || c == '\t';
}
constexpr bool is_control(char c) noexcept {
  return (octet(c) < 0x20 && c != '\t') || c == 0x7F;
}

constexpr std::uint64_t each_byte(std::uint64_t value) noexcept {
  return value * 0x0101010101010101U;
}

// Returns true if one of eight bytes may be below 0x20 or 0x7F. HTAB and a borrow from the byte below cause
// false positives, never false negatives. Eight bytes at a time is what makes long heads cheap.
inline bool may_hold_control(const char* eight) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  const std::uint64_t del = word ^ each_byte(0x7F);
  const std::uint64_t low = (word - each_byte(0x20)) & ~word;
  return ((low | ((del - each_byte(0x01)) & ~del)) & each_byte(0x80)) != 0;
}

// Returns the position of the first control character other than HTAB from `from` on, or the size of `text`.
inline std::size_t find_control(std::string_view text, std::size_t from) noexcept {
  std::size_t at = from;
  while (at < text.size()) {
    if (text.size() - at >= 8 && !may_hold_control(text.data() + at)) {
      at += 8;
      continue;
    }
    for (const std::size_t stop = std::min(at + 8, text.size()); at < stop; ++at) {
      if (is_control(text[at])) return at;
    }
  }
  return at;
}

constexpr bool is_obs_text(char c) noexcept {
  return octet(c) >= 0x80;
}

// A request-target consists of visible characters and obs-text; target.cpp checks its form.
inline bool is_visible_or_obs_text(std::string_view text) noexcept {
  bool fits = true;
  for (const char c : text) fits &= octet(c) > 0x20 && octet(c) != 0x7F;
  return fits;
}

inline std::size_t count_obs_text(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_obs_text));
}

constexpr std::string_view trim_ows(std::string_view text) noexcept {
  while (!text.empty() && is_ows(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ows(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace aluvia::http::detail
