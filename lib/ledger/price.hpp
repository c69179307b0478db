// The price of traffic: its range, and what bytes cost.
#pragma once

#include "base/quantity.hpp"
#include "ledger/usage.hpp"

#include <optional>
#include <string_view>

namespace aluvia::ledger {

inline constexpr double least_price = 0.0001;
inline constexpr double most_price = 10'000;
inline constexpr std::string_view price_range = "a price per GB from 0.0001 to 10000, such as 2.50";

constexpr bool is_price(double price) noexcept {
  return price >= least_price && price <= most_price;
}

/// Parses a decimal number without an exponent, a sign or a currency. Nothing if it is none, or out of range.
inline std::optional<double> parse_price(std::string_view text) {
  const auto price = parse_decimal(text);
  return price && is_price(*price) ? price : std::nullopt;
}

/// Only bytes of the gateway cost money. A GB has 10⁹ bytes, as providers bill it.
inline double cost_of(const UsageRow& row, double price) noexcept {
  return static_cast<double>(row.of(rules::Route::gateway).bytes()) / 1e9 * price;
}

}  // namespace aluvia::ledger
