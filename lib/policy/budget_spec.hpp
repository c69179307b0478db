// BudgetSpec: a parsed budget, the gateway bytes that a day or a month may take; and the arithmetic of these
// periods.
//
//   budget = [ pattern "=" ] amount unit "/" period
//   unit   = "B" | "KB" | "MB" | "GB" | "TB" | "KiB" | "MiB" | "GiB" | "TiB"    bytes, in either case
//          | three capital letters                                              money, in that currency
//   period = "day" | "month"
//
// Periods begin at midnight UTC, as the days of the usage reports do.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::policy {

/// Unix time in seconds.
using Seconds = std::uint64_t;

enum class BudgetPeriod { day, month };

struct BudgetSpec {
  std::string text;     ///< as written, without white space around it
  std::string name;     ///< "budget TEXT", printable: for logs, errors and the access log
  std::string pattern;  ///< canonical (policy/pattern.hpp); empty: every host
  BudgetPeriod period = BudgetPeriod::day;
  std::uint64_t bytes = 0;  ///< the limit: above 0 and below 2⁶³

  /// Budgets of one scope share their sum: the same pattern and the same period.
  bool has_scope_of(const BudgetSpec& other) const noexcept {
    return pattern == other.pattern && period == other.period;
  }
};

/// Every request through the gateway is checked against each.
inline constexpr std::size_t most_budgets = 32;

/// Parses a budget. `price` is that of 10⁹ bytes; without it, money is an error. The error is one sentence
/// for people, with the text in quotes and what to write instead. `text` may hold any bytes.
Result<BudgetSpec, std::string> parse_budget(std::string_view text, std::optional<double> price);

/// Returns one sentence for the first invalid budget, for two of one scope, or for too many; else an empty
/// text.
std::string budgets_error(std::span<const std::string> texts, std::optional<double> price);

/// Returns the valid ones of `texts`.
std::vector<BudgetSpec> compile_budgets(std::span<const std::string> texts, std::optional<double> price);

struct PeriodTimes {
  Seconds begin = 0;
  Seconds end = 0;  ///< begin of the next one
  friend bool operator==(const PeriodTimes&, const PeriodTimes&) = default;
};

/// Returns the period that `now` is in.
PeriodTimes period_at(BudgetPeriod period, Seconds now) noexcept;

/// Returns "2026-12-01T00:00:00Z" (RFC 3339).
std::string time_text(Seconds time);

}  // namespace aluvia::policy
