// Usage: the traffic of a time, grouped by host, rule, route or day, as a table with a bounded number of
// rows.
#pragma once

#include "ledger/error_counts.hpp"
#include "ledger/sums.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aluvia::ledger {

enum class UsageBy { host, rule, route, day };

/// Returns "host", "rule", "route" or "day".
std::string_view name_of(UsageBy by) noexcept;
std::optional<UsageBy> usage_by(std::string_view name) noexcept;

struct UsageQuery {
  UsageBy by = UsageBy::host;
  std::optional<Seconds> since;  ///< Unix time; none: all that is known
};

struct UsageRow {
  std::string name;              ///< host, rule, route, or UTC date as 2026-11-30
  std::array<Sums, 2> routes{};  ///< by rules::Route
  ErrorCounts errors{};          ///< failures of both by error type

  const Sums& of(rules::Route route) const noexcept { return routes[static_cast<std::size_t>(route)]; }
  Sums total() const noexcept;
  UsageRow& operator+=(const UsageRow& other);
};

struct UsageReport {
  UsageBy by = UsageBy::host;
  Seconds from = 0;      ///< begin of the time that the sums cover
  Seconds until = 0;     ///< when the report was made
  bool is_kept = false;  ///< the sums come from a state directory; else they begin with the proxy's start
  std::vector<UsageRow> rows;  ///< most gateway bytes first; by day: oldest first
  UsageRow total;
  std::optional<double> price;  ///< currency units per GB of gateway bytes
  bool is_unread = false;       ///< the state directory could not be read
  std::string problem;          ///< one sentence: why the sums may be incomplete; else empty
};

/// Returns the begin of the stored period that `since` is in: an hour in the last week, else a day (UTC). The
/// store keeps hours for a day longer than a week.
Seconds period_begin(Seconds since, Seconds now) noexcept;

/// Groups sums. A report has at most 1,000 rows; the smallest ones beyond move into `(other)`.
class UsageTable {
 public:
  explicit UsageTable(UsageBy by) : by_(by) {}

  /// `begin` is that of the period in which the sums were gained.
  void add(Seconds begin, const Key& key, const Sums& sums, const ErrorCounts& errors = {});
  /// `from` as none: the begin of the oldest period.
  UsageReport report(std::optional<Seconds> from, Seconds until) &&;

 private:
  std::string name_of_row(Seconds begin, const Key& key) const;

  UsageBy by_;
  std::unordered_map<std::string, UsageRow> rows_;
  std::optional<Seconds> oldest_;
};

}  // namespace aluvia::ledger
