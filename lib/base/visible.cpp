#include "base/visible.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace aluvia {
namespace {

struct Character {
  char32_t point = 0;
  std::size_t size = 1;  ///< in bytes
  bool is_valid = false;
};

struct Range {
  char32_t first;
  char32_t last;
};

// Beyond ASCII, sorted: C1, soft hyphen, Arabic letter mark, zero width and direction marks, separators and
// embeddings, invisible operators and isolates, byte order mark, interlinear annotations, tags.
constexpr std::array<Range, 10> hidden{{{0x80, 0x9F},
                                        {0xAD, 0xAD},
                                        {0x61C, 0x61C},
                                        {0x180E, 0x180E},
                                        {0x200B, 0x200F},
                                        {0x2028, 0x202E},
                                        {0x2060, 0x206F},
                                        {0xFEFF, 0xFEFF},
                                        {0xFFF9, 0xFFFB},
                                        {0xE0000, 0xE0FFF}}};

bool is_plain_ascii(char c) noexcept {
  return c >= 0x20 && c < 0x7F;
}

bool is_visible(const Character& character) noexcept {
  if (!character.is_valid) return false;
  const char32_t point = character.point;
  if (point < 0x80) return point >= 0x20 && point != 0x7F;
  return std::ranges::none_of(
      hidden, [point](const Range& range) { return point >= range.first && point <= range.last; });
}

// Returns the first character of `text`; a byte that does not begin a valid sequence counts as one (RFC
// 3629). Precondition: `text` is not empty.
Character first_character(std::string_view text) noexcept {
  static constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  if (byte(0) < 0x80) return {byte(0), 1, true};
  const std::size_t size = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < size) return {};
  char32_t point = byte(0) & (0x7FU >> size);
  for (std::size_t at = 1; at < size; ++at) {
    if ((byte(at) & 0xC0U) != 0x80) return {};
    point = point << 6U | (byte(at) & 0x3FU);
  }
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < least[size] || point > 0x10FFFF || is_surrogate) return {};
  return {point, size, true};
}

// Calls `escape` for every character that is not visible; keeps those for which `stays` returns true.
template <class Stays, class Escape>
std::string escaped(std::string_view text, Stays stays, Escape escape) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::string_view bytes = text.substr(0, character.size);
    if (stays(character) || is_visible(character)) {
      out += bytes;
    } else {
      escape(out, character, bytes);
    }
    text.remove_prefix(character.size);
  }
  return out;
}

void escape_bytes(std::string& out, const Character&, std::string_view bytes) {
  for (const char c : bytes) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

template <class Text>
void escape_for_json(Text& out, const Character& character, std::string_view) {
  const auto point = static_cast<std::uint32_t>(character.is_valid ? character.point : U'\uFFFD');
  if (point < 0x10000) {
    out += fmt::format("\\u{:04x}", point);
  } else {
    out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((point - 0x10000) >> 10U), 0xDC00 + (point & 0x3FFU));
  }
}

template <class Text>
void append_quoted(Text& out, std::string_view text) {
  out.reserve(out.size() + text.size() + 2);
  out += '"';
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::string_view bytes = text.substr(0, character.size);
    if (bytes == "\"" || bytes == "\\") {
      out += '\\';
      out += bytes;
    } else if (is_visible(character)) {
      out += bytes;
    } else {
      escape_for_json(out, character, bytes);
    }
    text.remove_prefix(character.size);
  }
  out += '"';
}

bool is_line_feed(const Character& character) noexcept {
  return character.is_valid && character.point == '\n';
}

}  // namespace

std::string visible(std::string_view text) {
  if (std::ranges::all_of(text, is_plain_ascii)) return std::string(text);
  return escaped(
      text, [](const Character&) { return false; }, escape_bytes);
}

std::string visible_lines(std::string_view text) {
  return escaped(text, is_line_feed, escape_bytes);
}

std::string json_quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

void append_json_quoted(SecretString& out, std::string_view text) {
  append_quoted(out, text);
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const Character character = first_character(text);
    if (!character.is_valid) return false;
    text.remove_prefix(character.size);
  }
  return true;
}

std::string visible_json(std::string_view json) {
  return escaped(json, is_line_feed, escape_for_json<std::string>);
}

}  // namespace aluvia
