#include "ledger/usage.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace aluvia::ledger {
namespace {

constexpr std::array<std::string_view, 4> names{"host", "rule", "route", "day"};

// Rendering happens on the loop and delays traffic.
constexpr std::size_t most_rows = 1000;

std::string date_of(Seconds time) {
  using namespace std::chrono;
  const year_month_day date(sys_days(days(static_cast<days::rep>(time / one_day))));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

// Gateway bytes cost money, so they decide first.
bool is_larger(const UsageRow& a, const UsageRow& b) {
  const auto rank = [](const UsageRow& row) {
    return std::pair(row.of(rules::Route::gateway).bytes(), row.of(rules::Route::direct).bytes());
  };
  return rank(a) != rank(b) ? rank(a) > rank(b) : a.name < b.name;
}

void bound(std::vector<UsageRow>& rows) {
  UsageRow rest{std::string(other_name)};
  const auto is_other = [](const UsageRow& row) { return row.name == other_name; };
  if (const auto at = std::ranges::find_if(rows, is_other); at != rows.end()) {
    rest += *at;
    rows.erase(at);
  }
  while (rows.size() >= most_rows) {
    rest += rows.back();
    rows.pop_back();
  }
  if (rest.total() != Sums{}) rows.push_back(std::move(rest));
}

}  // namespace

std::string_view name_of(UsageBy by) noexcept {
  return names[static_cast<std::size_t>(by)];
}

std::optional<UsageBy> usage_by(std::string_view name) noexcept {
  const auto at = std::ranges::find(names, name);
  return at == names.end() ? std::nullopt : std::optional(static_cast<UsageBy>(at - names.begin()));
}

Sums UsageRow::total() const noexcept {
  Sums out = routes[0];
  return out += routes[1];
}

UsageRow& UsageRow::operator+=(const UsageRow& other) {
  for (std::size_t i = 0; i < routes.size(); ++i) routes[i] += other.routes[i];
  errors += other.errors;
  return *this;
}

Seconds period_begin(Seconds since, Seconds now) noexcept {
  const bool has_hours = since + 7 * one_day >= now;
  return since - since % (has_hours ? one_hour : one_day);
}

std::string UsageTable::name_of_row(Seconds begin, const Key& key) const {
  switch (by_) {
    case UsageBy::host:
      return std::string(key.host);
    case UsageBy::rule:
      return std::string(key.rule);
    case UsageBy::route:
      return std::string(rules::name(key.route));
    case UsageBy::day:
      break;
  }
  return date_of(begin);
}

void UsageTable::add(Seconds begin, const Key& key, const Sums& sums, const ErrorCounts& errors) {
  oldest_ = oldest_ ? std::min(*oldest_, begin) : begin;
  UsageRow& row = rows_[name_of_row(begin, key)];
  row.routes[static_cast<std::size_t>(key.route)] += sums;
  row.errors += errors;
}

UsageReport UsageTable::report(std::optional<Seconds> from, Seconds until) && {
  UsageReport out;
  out.by = by_;
  out.from = from.value_or(oldest_.value_or(until));
  out.until = until;
  for (auto& [name, row] : rows_) {
    row.name = name;
    out.total += row;
    out.rows.push_back(std::move(row));
  }
  if (by_ == UsageBy::day) {
    std::ranges::sort(out.rows, {}, &UsageRow::name);
  } else {
    std::ranges::sort(out.rows, is_larger);
    bound(out.rows);
  }
  return out;
}

}  // namespace aluvia::ledger
