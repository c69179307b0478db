#include "admin/usage_view.hpp"

#include "admin/budget_rows.hpp"
#include "base/json_writer.hpp"
#include "base/visible.hpp"
#include "ledger/price.hpp"
#include "telemetry/counters.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace aluvia::admin {
namespace {

using ledger::Seconds;
using ledger::UsageBy;
using ledger::UsageReport;
using ledger::UsageRow;
using rules::Route;
using telemetry::human_bytes;

// Years that strftime and JSON readers expect; a damaged clock can say anything.
std::tm utc(Seconds time) {
  static constexpr Seconds latest = 253'402'300'799;  // the end of the year 9999
  return fmt::gmtime(static_cast<std::time_t>(std::min(time, latest)));
}

std::uint64_t gateway_bytes(const UsageRow& row) {
  return row.of(Route::gateway).bytes();
}

std::optional<double> share_of(const UsageRow& row, const UsageRow& total) {
  if (gateway_bytes(total) == 0) return std::nullopt;
  return static_cast<double>(gateway_bytes(row)) / static_cast<double>(gateway_bytes(total));
}

std::string cost_text(const UsageRow& row, const UsageReport& report) {
  return report.price ? fmt::format("{:>11.4f}", ledger::cost_of(row, *report.price)) : std::string();
}

std::string line_of(const UsageRow& row, const UsageReport& report, std::string_view name,
                    std::size_t width) {
  const auto share = share_of(row, report.total);
  const ledger::Sums sums = row.total();
  return fmt::format("{:<{}}{:>10}{:>8}{:>10}{:>10}{:>8}{}\n", name, width, human_bytes(gateway_bytes(row)),
                     share ? fmt::format("{:.1f}%", *share * 100) : "-",
                     human_bytes(row.of(Route::direct).bytes()), sums.requests + sums.tunnels, sums.failures,
                     cost_text(row, report));
}

std::string title_of(const UsageReport& report) {
  std::string out = fmt::format("traffic since {:%Y-%m-%d %H:%M} UTC", utc(report.from));
  out += report.is_kept ? "\n" : ", the start of the proxy\n";
  if (!report.problem.empty()) out += visible(report.problem) + "\n";
  return out + "\n";
}

std::string upper(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  return out;
}

void write_route(JsonWriter& out, Route route, const UsageRow& row) {
  const ledger::Sums& sums = row.of(route);
  out.begin_object(rules::name(route));
  out.number("requests", sums.requests);
  out.number("tunnels", sums.tunnels);
  out.number("failures", sums.failures);
  out.number("aborted", sums.aborted);
  out.number("bytes_up", sums.bytes_up);
  out.number("bytes_down", sums.bytes_down);
  out.number("connects", sums.connects);
  out.decimal("connect_ms", static_cast<double>(sums.connect_us) / 1000);
  out.end_object();
}

void write_errors(JsonWriter& out, const UsageRow& row) {
  if (row.errors.all().empty()) return;
  out.begin_object("errors");
  for (const ledger::ErrorCounts::Count& one : row.errors.all()) out.number(one.name(), one.count);
  out.end_object();
}

void write_values(JsonWriter& out, const UsageRow& row, const UsageReport& report) {
  write_route(out, Route::gateway, row);
  write_route(out, Route::direct, row);
  out.decimal_or_null("share", share_of(row, report.total));
  if (report.price) out.raw("cost", fmt::format("{:.6f}", ledger::cost_of(row, *report.price)));
}

std::string rfc3339(Seconds time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", utc(time));
}

// A spreadsheet runs a field that begins with one of these as a formula, and a site chooses its host. A rule
// may begin with a minus, which then stays.
std::string csv_field(std::string_view name, UsageBy by) {
  const std::string_view formula = by == UsageBy::rule ? "=+@" : "=+-@";
  std::string text = visible(name);
  if (!text.empty() && formula.find(text.front()) != formula.npos) text.insert(0, 1, '\'');
  if (text.find_first_of("\",") == text.npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

std::string csv_of(const ledger::Sums& sums) {
  return fmt::format(",{},{},{},{},{},{}", sums.requests, sums.tunnels, sums.failures, sums.aborted,
                     sums.bytes_up, sums.bytes_down);
}

}  // namespace

std::string usage_text(const UsageReport& report, Budgets budgets) {
  const std::string behind = budgets.empty() ? "" : "\n" + budget_lines(budgets, "budget ");
  if (report.rows.empty()) return title_of(report) + "no traffic\n" + behind;
  std::size_t width = 0;
  for (const UsageRow& row : report.rows) width = std::max(width, visible(row.name).size());
  width = std::clamp<std::size_t>(width, 12, report.price ? 23 : 34);  // 80 columns, unless a host is longer
  std::string out = title_of(report);
  out += fmt::format("{:<{}}{:>10}{:>8}{:>10}{:>10}{:>8}{}\n", upper(name_of(report.by)), width, "GATEWAY",
                     "SHARE", "DIRECT", "REQUESTS", "FAILED", report.price ? "       COST" : "");
  for (const UsageRow& row : report.rows) out += line_of(row, report, visible(row.name), width);
  return out + line_of(report.total, report, "total", width) + behind;
}

std::string usage_json(const UsageReport& report, Budgets budgets) {
  JsonWriter out;
  out.begin_object();
  out.text("from", rfc3339(report.from));
  out.text("until", rfc3339(report.until));
  out.text("kept", report.is_kept ? "state_directory" : "since_start");
  out.text("by", name_of(report.by));
  if (report.price) out.raw("price", fmt::format("{:.4f}", *report.price));
  out.text_if_any("problem", report.problem);
  out.begin_list("rows");
  for (const UsageRow& row : report.rows) {
    out.begin_object();
    out.text(name_of(report.by), row.name);
    write_values(out, row, report);
    write_errors(out, row);
    out.end_object();
  }
  out.end_list();
  out.begin_object("total");
  write_values(out, report.total, report);
  write_errors(out, report.total);
  out.end_object();
  write_budgets(out, budgets);
  out.end_object();
  return std::string(out.take_line().view());
}

std::string usage_csv(const UsageReport& report) {
  std::string out(name_of(report.by));
  for (const Route route : {Route::gateway, Route::direct}) {
    const auto name = rules::name(route);
    for (const std::string_view value :
         {"requests", "tunnels", "failures", "aborted", "bytes_up", "bytes_down"})
      out += fmt::format(",{}_{}", name, value);
  }
  out += report.price ? ",cost\n" : "\n";
  for (const UsageRow& row : report.rows) {
    out += csv_field(row.name, report.by) + csv_of(row.of(Route::gateway)) + csv_of(row.of(Route::direct));
    if (report.price) out += fmt::format(",{:.6f}", ledger::cost_of(row, *report.price));
    out += "\n";
  }
  return out;
}

std::string usage_in(UsageFormat format, const UsageReport& report, Budgets budgets) {
  if (format == UsageFormat::csv) return usage_csv(report);
  return format == UsageFormat::json ? usage_json(report, budgets) : usage_text(report, budgets);
}

}  // namespace aluvia::admin
