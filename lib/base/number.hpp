// Parses whole numbers: the only parser of numbers besides the JSON library's.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace aluvia {

/// All of `text` as a number, decimal by default: digits only, without a sign or white space. Nothing if it
/// is anything else or does not fit into Number.
template <std::unsigned_integral Number>
std::optional<Number> parse_number(std::string_view text, int base = 10) noexcept {
  Number value = 0;
  // For an unsigned type from_chars accepts digits and nothing else.
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

}  // namespace aluvia
