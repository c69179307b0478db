#include "base/quantity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace aluvia {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t size;
};

// From the largest to the smallest.
constexpr std::array time_units{Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000}, Unit{"ms", 1}};
constexpr std::array size_units{Unit{"G", 1 << 30}, Unit{"M", 1 << 20}, Unit{"K", 1 << 10}, Unit{"", 1}};

template <class Units>
std::optional<std::int64_t> unit_called(const Units& units, std::string_view name) {
  const auto unit = std::ranges::find(units, name, &Unit::name);
  return unit == units.end() ? std::nullopt : std::optional(unit->size);
}

template <class Units>
std::string text_of(const Units& units, std::int64_t count) {
  const auto unit = std::ranges::find_if(units, [&](const Unit& one) { return count % one.size == 0; });
  return fmt::format("{}{}", count / unit->size, unit->name);
}

}  // namespace

std::optional<double> parse_decimal(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  const bool is_whole = error == std::errc{} && rest == end && std::isfinite(number) && !std::signbit(number);
  return is_whole ? std::optional(number) : std::nullopt;
}

std::optional<double> parse_duration(std::string_view text, milliseconds plain) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  const auto unit = rest == end ? std::optional(plain.count())
                                : unit_called(time_units, {rest, static_cast<std::size_t>(end - rest)});
  if (!unit || (*unit == 1 && number != std::trunc(number))) return std::nullopt;
  return number * static_cast<double>(*unit);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  const auto unit = unit_called(size_units, {rest, static_cast<std::size_t>(end - rest)});
  if (!unit || number < 0 || number > std::numeric_limits<std::int64_t>::max() / *unit) return std::nullopt;
  return number * *unit;
}

std::string duration_text(milliseconds time) {
  return time == milliseconds::zero() ? "0s" : text_of(time_units, time.count());
}

std::string size_text(std::int64_t bytes) {
  return bytes == 0 ? "0" : text_of(size_units, bytes);
}

}  // namespace aluvia
