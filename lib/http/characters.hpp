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

inline std::uint64_t word_at(const char* eight) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  return word;
}

// Returns true if one of eight bytes may be below `bound` or 0x7F. A borrow from the byte below causes false
// positives, never false negatives. Eight bytes at a time is what makes long heads cheap.
constexpr bool may_hold_below(std::uint64_t word, std::uint64_t bound) noexcept {
  const std::uint64_t del = word ^ each_byte(0x7F);
  const std::uint64_t low = (word - each_byte(bound)) & ~word;
  return ((low | ((del - each_byte(0x01)) & ~del)) & each_byte(0x80)) != 0;
}

// Returns true if one of eight bytes may be a control character. HTAB is a false positive.
inline bool may_hold_control(const char* eight) noexcept {
  return may_hold_below(word_at(eight), 0x20);
}

// Returns true if `is_in(word)` is true of any eight bytes of `text`, of which it has eight at least: the
// last words overlap.
template <class Predicate>
bool any_word(std::string_view text, Predicate is_in) noexcept {
  const std::size_t last = text.size() - 8;
  for (std::size_t at = 0; at < last; at += 8) {
    if (is_in(word_at(text.data() + at))) return true;
  }
  return is_in(word_at(text.data() + last));
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
  const auto may_not_fit = [](std::uint64_t word) { return may_hold_below(word, 0x21); };
  if (text.size() >= 8 && !any_word(text, may_not_fit)) return true;
  bool fits = true;
  for (const char c : text) fits &= octet(c) > 0x20 && octet(c) != 0x7F;
  return fits;
}

inline std::size_t count_obs_text(std::string_view text) noexcept {
  const auto has_some = [](std::uint64_t word) { return (word & each_byte(0x80)) != 0; };
  if (text.size() >= 8 && !any_word(text, has_some)) return 0;
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_obs_text));
}

constexpr std::string_view trim_ows(std::string_view text) noexcept {
  while (!text.empty() && is_ows(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ows(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace aluvia::http::detail
