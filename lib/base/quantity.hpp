// Times and sizes as people write them: 500ms, 5s, 2m, 1h; 64K, 32M, 1G.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia {

/// A decimal number without a sign, an exponent or white space. Nothing for any other text.
std::optional<double> parse_decimal(std::string_view text);

/// Milliseconds of a decimal number with the unit ms, s, m or h. A number without a unit counts `plain`. The
/// result may be negative or too large for any clock; it is whole for ms. Nothing for any other text.
std::optional<double> parse_duration(std::string_view text, std::chrono::milliseconds plain);

/// Bytes of a whole number with the unit K (1024), M or G, or without one. Nothing for any other text, and
/// for a size beyond 63 bits.
std::optional<std::int64_t> parse_size(std::string_view text);

/// In the largest unit that leaves a whole number: "75s", "2m", "0s".
std::string duration_text(std::chrono::milliseconds time);
/// Likewise: "64K", "1000".
std::string size_text(std::int64_t bytes);

}  // namespace aluvia
