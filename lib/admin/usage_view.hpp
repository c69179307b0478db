// Usage as text, JSON and CSV, and the request for it.
#pragma once

#include "admin/answer.hpp"
#include "admin/status_snapshot.hpp"
#include "base/result.hpp"
#include "ledger/usage.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::admin {

enum class UsageFormat { json, text, csv };

/// The words of a request, as a person or a query gives them; empty: none.
struct UsageWords {
  std::string by{};      ///< host, rule, route or day
  std::string since{};   ///< a time before now: 90m, 24h, 7d
  std::string price{};   ///< currency units per GB
  std::string format{};  ///< json, text or csv
};

struct UsageRequest {
  ledger::UsageQuery query;
  std::optional<double> price;
  UsageFormat format = UsageFormat::json;
};

struct UsageWordError {
  std::string_view name;   ///< by, since, price or format
  std::string_view takes;  ///< completes "it takes …"
};

Result<UsageRequest, UsageWordError> read_usage_request(const UsageWords& words, UsageFormat fallback,
                                                        ledger::Seconds now);

/// Answers GET /usage?by=&since=&price=&format= on the loop, possibly after the return.
void answer_usage(const StatusProvider& provider, std::string_view target, UsageFormat fallback,
                  std::function<void(Answer)> done);

/// Hosts and rules are foreign text: each format escapes them.
using Budgets = std::span<const budget::BudgetView>;
std::string usage_text(const ledger::UsageReport& report, Budgets budgets = {});
std::string usage_json(const ledger::UsageReport& report, Budgets budgets = {});
std::string usage_csv(const ledger::UsageReport& report);  ///< quoted as in RFC 4180; lines end with LF
/// CSV has no budgets.
std::string usage_in(UsageFormat format, const ledger::UsageReport& report, Budgets budgets = {});

}  // namespace aluvia::admin
