// The request for usage: its words, and the answer that follows.
#include "admin/rules_view.hpp"
#include "admin/site.hpp"
#include "admin/usage_view.hpp"
#include "base/quantity.hpp"
#include "base/visible.hpp"
#include "ledger/price.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

using ledger::Seconds;

// Seconds of "90m", "24h" or "7d"; a number alone counts seconds.
std::optional<Seconds> parse_age(std::string_view text) {
  static constexpr double most_ms = 10.0 * 365 * 86'400'000;
  const bool has_days = text.ends_with('d');
  const auto time = parse_duration(text.substr(0, text.size() - (has_days ? 1 : 0)),
                                   has_days ? std::chrono::hours(24) : std::chrono::milliseconds(1000));
  if (!time || *time < 1000 || *time > most_ms) return std::nullopt;
  return static_cast<Seconds>(*time / 1000);
}

std::optional<UsageFormat> format_called(std::string_view name) {
  if (name == "json") return UsageFormat::json;
  if (name == "text") return UsageFormat::text;
  return name == "csv" ? std::optional(UsageFormat::csv) : std::nullopt;
}

Seconds now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<Seconds>(
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(time).count(), 0));
}

Answer answer_in(UsageFormat format, const ledger::UsageReport& report,
                 std::span<const budget::BudgetView> budgets) {
  const std::string_view type = format == UsageFormat::json  ? json_text
                                : format == UsageFormat::csv ? csv_text
                                                             : plain_text;
  return {200, type, usage_in(format, report, budgets)};
}

Answer error_in(UsageFormat format, int status, std::string_view code, const std::string& message) {
  return format == UsageFormat::json ? Answer(status, json_text, error_json(code, message))
                                     : line(status, visible(message));
}

}  // namespace

Result<UsageRequest, UsageWordError> read_usage_request(const UsageWords& words, UsageFormat fallback,
                                                        Seconds now) {
  UsageRequest out;
  out.format = fallback;
  if (!words.by.empty()) {
    const auto by = ledger::usage_by(words.by);
    if (!by) return Err{UsageWordError{"by", "host, rule, route or day"}};
    out.query.by = *by;
  }
  if (!words.since.empty()) {
    const auto age = parse_age(words.since);
    if (!age) return Err{UsageWordError{"since", "a time such as 90m, 24h or 7d, at most 3650d"}};
    out.query.since = now - std::min(now, *age);
  }
  if (!words.price.empty()) {
    out.price = ledger::parse_price(words.price);
    if (!out.price) return Err{UsageWordError{"price", ledger::price_range}};
  }
  if (!words.format.empty()) {
    const auto format = format_called(words.format);
    if (!format) return Err{UsageWordError{"format", "json, text or csv"}};
    out.format = *format;
  }
  return out;
}

void answer_usage(const StatusProvider& provider, std::string_view target, UsageFormat fallback,
                  std::function<void(Answer)> done) {
  const auto word = [&](std::string_view name) { return query_value(target, name).value_or(""); };
  const auto request =
      read_usage_request({word("by"), word("since"), word("price"), word("format")}, fallback, now());
  if (!request) {
    const auto& [name, takes] = request.error();
    return done(
        error_in(fallback, 400, "bad_request", fmt::format("cannot use {}: it takes {}", name, takes)));
  }
  // The sums of budgets are up to date: a status settles what open requests have moved.
  auto budgets = provider.status().budgets;
  provider.usage(request->query, [request = *request, budgets = std::move(budgets),
                                  done = std::move(done)](UsageResult result) {
    if (!result) return done(error_in(request.format, 400, "no_state_directory", result.error()));
    if (request.price) result->price = request.price;
    done(answer_in(request.format, *result, budgets));
  });
}

}  // namespace aluvia::admin
