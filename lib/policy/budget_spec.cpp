#include "policy/budget_spec.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"
#include "base/quantity.hpp"
#include "policy/pattern.hpp"
#include "rules/pattern_advice.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace aluvia::policy {
namespace {

using Reason = std::string;

struct Unit {
  std::string_view name;
  double bytes;
};

constexpr double binary = 1024;
constexpr std::array units{Unit{"b", 1},
                           Unit{"kb", 1e3},
                           Unit{"mb", 1e6},
                           Unit{"gb", 1e9},
                           Unit{"tb", 1e12},
                           Unit{"kib", binary},
                           Unit{"mib", binary* binary},
                           Unit{"gib", binary* binary* binary},
                           Unit{"tib", binary* binary* binary* binary}};

constexpr double price_unit = 1e9;  // a price is that of so many bytes
constexpr double too_large = 9223372036854775808.0;

constexpr std::string_view form =
    "write an amount, a unit and a period, such as 5GB/day, 500MB/month or 10USD/month";

bool is_currency(std::string_view unit) {
  return unit.size() == 3 && std::ranges::all_of(unit, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Returns how many bytes one of `unit` is.
Result<double, Reason> bytes_of_unit(std::string_view unit, std::optional<double> price) {
  const auto found = std::ranges::find(units, ascii::to_lower(unit), &Unit::name);
  if (found != units.end()) return found->bytes;
  if (unit.empty())
    return Err{
        Reason("its amount has no unit; write bytes with one, such as 5GB/day, or money, such as "
               "10USD/month")};
  if (!is_currency(unit))
    return Err{
        fmt::format("its unit \"{}\" is not known; write B, KB, MB, GB, TB, KiB, MiB, GiB, TiB, or the "
                    "three letters of a currency",
                    printable(unit, 20))};
  if (!price)
    return Err{fmt::format(
        "it is in {}, and the price of a GB is not known; set price as well, or write bytes", unit)};
  return price_unit / *price;
}

Result<std::uint64_t, Reason> parse_amount(std::string_view text, std::optional<double> price) {
  if (text.starts_with('-')) return Err{Reason("its amount is negative; write one above 0")};
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = parse_decimal(text.substr(0, digits));
  if (!number && text.find_first_not_of("0123456789") == 0) return Err{Reason(form)};
  // A number that no double holds has hundreds of digits.
  if (!number) return Err{Reason("its amount is no number below 2^63 bytes; write a smaller one")};
  const auto unit = bytes_of_unit(ascii::trim(text.substr(digits)), price);
  if (!unit) return Err{unit.error()};
  const double bytes = std::floor(*number * *unit);
  if (*number <= 0)
    return Err{Reason("its amount is 0, which allows nothing; write one above 0, or block the hosts")};
  if (bytes < 1) return Err{Reason("its amount is less than one byte; write a larger one")};
  if (bytes >= too_large) return Err{Reason("its amount is not below 2^63 bytes; write a smaller one")};
  return static_cast<std::uint64_t>(bytes);
}

Result<BudgetPeriod, Reason> parse_period(std::string_view text) {
  const std::string name = ascii::to_lower(ascii::trim(text));
  if (name == "day") return BudgetPeriod::day;
  if (name == "month") return BudgetPeriod::month;
  return Err{fmt::format("its period \"{}\" is not known; write day or month", printable(text, 20))};
}

Result<BudgetSpec, Reason> parse_text(std::string_view text, std::optional<double> price) {
  BudgetSpec out;
  std::string_view limit = text;
  if (const auto equals = text.rfind('='); equals != text.npos) {
    auto pattern = parse_pattern(text.substr(0, equals));
    if (!pattern) return Err{std::move(pattern.error())};
    out.pattern = to_text(*pattern);
    limit = text.substr(equals + 1);
  }
  const auto slash = limit.find('/');
  if (slash == limit.npos) return Err{Reason(form)};
  const auto bytes = parse_amount(ascii::trim(limit.substr(0, slash)), price);
  if (!bytes) return Err{bytes.error()};
  const auto period = parse_period(limit.substr(slash + 1));
  if (!period) return Err{period.error()};
  out.bytes = *bytes;
  out.period = *period;
  return out;
}

std::string repeated_scope(const std::vector<BudgetSpec>& specs) {
  for (auto one = specs.begin(); one != specs.end(); ++one) {
    const auto same = std::find_if(specs.begin(), one, [&](const auto& it) { return it.has_scope_of(*one); });
    if (same == one) continue;
    return fmt::format("budget \"{}\": \"{}\" is for the same hosts and period; leave one of them out",
                       printable(one->text, 80), printable(same->text, 80));
  }
  return {};
}

}  // namespace

Result<BudgetSpec, std::string> parse_budget(std::string_view text, std::optional<double> price) {
  text = ascii::trim(text);
  auto spec = parse_text(text, price);
  if (!spec) return Err{fmt::format("budget {}: {}", rules::quoted_rule(text), spec.error())};
  spec->text = text;
  spec->name = "budget " + printable(text, 80);
  return spec;
}

std::string budgets_error(std::span<const std::string> texts, std::optional<double> price) {
  if (texts.size() > most_budgets)
    return fmt::format("there are {} budgets, and at most {} are possible; leave some out", texts.size(),
                       most_budgets);
  std::vector<BudgetSpec> specs;
  for (const std::string& text : texts) {
    auto spec = parse_budget(text, price);
    if (!spec) return std::move(spec.error());
    specs.push_back(std::move(*spec));
  }
  return repeated_scope(specs);
}

std::vector<BudgetSpec> compile_budgets(std::span<const std::string> texts, std::optional<double> price) {
  std::vector<BudgetSpec> out;
  for (const std::string& text : texts) {
    if (auto spec = parse_budget(text, price)) out.push_back(std::move(*spec));
  }
  return out;
}

PeriodTimes period_at(BudgetPeriod period, Seconds now) noexcept {
  using namespace std::chrono;
  const auto seconds_of = [](sys_days day) {
    return static_cast<Seconds>(duration_cast<seconds>(day.time_since_epoch()).count());
  };
  const sys_days today = floor<days>(sys_seconds(seconds(static_cast<std::int64_t>(now))));
  if (period == BudgetPeriod::day) return {seconds_of(today), seconds_of(today + days(1))};
  const year_month_day date(today);
  const year_month month = date.year() / date.month();
  return {seconds_of(sys_days(month / 1)), seconds_of(sys_days((month + months(1)) / 1))};
}

std::string time_text(Seconds time) {
  using namespace std::chrono;
  const sys_seconds at(seconds(static_cast<std::int64_t>(time)));
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss clock(at - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace aluvia::policy
