// Tests of usage as text, JSON and CSV, with hosts that attack each of them, and of the words of its request.
#include "admin/usage_view.hpp"
#include "base/json_value.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

using namespace aluvia::admin;
using namespace aluvia::admin::test;
using aluvia::ledger::UsageBy;
using aluvia::ledger::UsageReport;
using aluvia::rules::Route;
namespace ledger = aluvia::ledger;

namespace {

constexpr ledger::Seconds noon = 1'796'040'000;  // 2026-11-30 12:00 UTC

UsageReport report_of(const std::vector<std::string>& hosts, UsageBy by = UsageBy::host) {
  ledger::UsageTable table(by);
  for (const std::string& host : hosts)
    table.add(noon, {host, Route::gateway, host},
              {.requests = 1, .failures = 1, .bytes_up = 500, .bytes_down = 1500});
  UsageReport out = std::move(table).report(noon, noon + 60);
  out.is_kept = true;
  return out;
}

}  // namespace

TEST_CASE("The table shows bytes by route, the share of paid bytes, requests and failures") {
  ledger::UsageTable table(UsageBy::host);
  table.add(noon, {"cdn.test", Route::gateway, "*"},
            {.requests = 2, .tunnels = 1, .bytes_down = 3'000'000'000});
  table.add(noon, {"a.test", Route::gateway, "*"}, {.requests = 1, .failures = 1, .bytes_up = 1'000'000'000});
  table.add(noon, {"a.test", Route::direct, "none"}, {.requests = 4, .bytes_down = 1536});
  UsageReport report = std::move(table).report(noon, noon);
  CHECK(usage_text(report) ==
        "traffic since 2026-11-30 12:00 UTC, the start of the proxy\n"
        "\n"
        "HOST           GATEWAY   SHARE    DIRECT  REQUESTS  FAILED\n"
        "cdn.test        3.0 GB   75.0%       0 B         3       0\n"
        "a.test          1.0 GB   25.0%    1.5 KB         5       1\n"
        "total           4.0 GB  100.0%    1.5 KB         8       1\n");
  report.price = 2.5;
  report.is_kept = true;
  report.problem = "cannot read it";
  CHECK(usage_text(report) ==
        "traffic since 2026-11-30 12:00 UTC\n"
        "cannot read it\n"
        "\n"
        "HOST           GATEWAY   SHARE    DIRECT  REQUESTS  FAILED       COST\n"
        "cdn.test        3.0 GB   75.0%       0 B         3       0     7.5000\n"
        "a.test          1.0 GB   25.0%    1.5 KB         5       1     2.5000\n"
        "total           4.0 GB  100.0%    1.5 KB         8       1    10.0000\n");
}

TEST_CASE("Without traffic the table says so") {
  CHECK(usage_text(ledger::UsageTable(UsageBy::day).report(noon, noon)) ==
        "traffic since 2026-11-30 12:00 UTC, the start of the proxy\n\nno traffic\n");
}

TEST_CASE("A line has at most 80 columns, unless a host is longer than its column") {
  UsageReport report = report_of({std::string(23, 'h')});
  report.price = 10'000;
  std::istringstream lines(usage_text(report));
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
  CHECK(has(usage_text(report_of({std::string(253, 'h')})), std::string(253, 'h')));
}

TEST_CASE("JSON has the values of each route, and of all rows together") {
  UsageReport report = report_of({"a.test"});
  report.price = 2;
  rapidjson::Document document;
  REQUIRE(aluvia::parse_json_object(document, usage_json(report)));
  CHECK(std::string(document["from"].GetString()) == "2026-11-30T12:00:00Z");
  CHECK(std::string(document["until"].GetString()) == "2026-11-30T12:01:00Z");
  CHECK(std::string(document["kept"].GetString()) == "state_directory");
  const auto& row = document["rows"][0];
  CHECK(std::string(row["host"].GetString()) == "a.test");
  CHECK(row["gateway"]["bytes_down"].GetUint64() == 1500);
  CHECK(row["gateway"]["failures"].GetUint64() == 1);
  CHECK(row["direct"]["bytes_up"].GetUint64() == 0);
  CHECK(row["share"].GetDouble() == 1);
  CHECK(row["cost"].GetDouble() == Approx(0.000004));
  CHECK(document["total"]["gateway"]["requests"].GetUint64() == 1);
  CHECK_FALSE(document.HasMember("problem"));
}

TEST_CASE("CSV has a header and a line for each row") {
  UsageReport report = report_of({"a.test"});
  CHECK(usage_csv(report) ==
        "host,gateway_requests,gateway_tunnels,gateway_failures,gateway_aborted,gateway_bytes_up,gateway_"
        "bytes_down,"
        "direct_requests,direct_tunnels,direct_failures,direct_aborted,direct_bytes_up,direct_bytes_down\n"
        "a.test,1,0,1,0,500,1500,0,0,0,0,0,0\n");
  report.price = 2;
  CHECK(has(usage_csv(report), ",direct_bytes_down,cost\na.test,1,0,1,0,500,1500,0,0,0,0,0,0,0.000004\n"));
}

TEST_CASE("Hosts that are HTML, formulas, quotes or control characters stay one harmless field") {
  const std::string hostile = "<script>\"x\",\n\x1b[2J";
  const std::string text = usage_text(report_of({hostile}));
  CHECK(has(text, "<script>\"x\",\\x0a\\x1b[2J"));
  CHECK(has(usage_csv(report_of({hostile})), "\n\"<script>\"\"x\"\",\\x0a\\x1b[2J\",1,"));
  rapidjson::Document document;
  const std::string json = usage_json(report_of({hostile}));
  CHECK(json.find('\x1b') == json.npos);
  REQUIRE(aluvia::parse_json_object(document, json));
  CHECK(std::string(document["rows"][0]["host"].GetString()) == hostile);
  for (const char* const formula : {"=1+1", "+1", "-1", "@sum"})
    CHECK(has(usage_csv(report_of({formula})), std::string("\n'") + formula + ","));
  CHECK(has(usage_csv(report_of({"-*.shop.test"}, UsageBy::rule)), "\n-*.shop.test,"));
}

TEST_CASE("The words of a request are checked, and name what they take") {
  const auto takes = [](const UsageWords& words) {
    const auto read = read_usage_request(words, UsageFormat::json, noon);
    REQUIRE_FALSE(read.has_value());
    return std::string(read.error().name) + ": " + std::string(read.error().takes);
  };
  CHECK(takes({.by = "site"}) == "by: host, rule, route or day");
  CHECK(takes({.format = "xml"}) == "format: json, text or csv");
  for (const char* const since : {"0", "-1h", "x", "1y", "4000d", "1e3", "d"})
    CHECK(takes({.since = since}) == "since: a time such as 90m, 24h or 7d, at most 3650d");
  for (const char* const price : {"0", "-1", "abc", "1e9", "20000", "2,5", "$2", "nan", "inf"})
    CHECK(takes({.price = price}) == "price: a price per GB from 0.0001 to 10000, such as 2.50");
  const auto read = read_usage_request({"day", "7d", "2.50", "csv"}, UsageFormat::json, noon);
  REQUIRE(read.has_value());
  CHECK(read->query.by == UsageBy::day);
  CHECK(read->query.since == noon - 7 * ledger::one_day);
  CHECK(read->price == 2.5);
  CHECK(read->format == UsageFormat::csv);
  CHECK(read_usage_request({.since = "90m"}, UsageFormat::text, 60)->query.since == 0);
}

TEST_CASE(
    "The answer has the form that was asked for, and the price of the request before that of the proxy") {
  StatusProvider provider = source(status());
  std::optional<ledger::UsageQuery> asked;
  provider.usage = [&](const ledger::UsageQuery& query, const std::function<void(UsageResult)>& done) {
    asked = query;
    UsageReport report = report_of({"a.test"});
    report.price = 1;
    done(std::move(report));
  };
  const auto answer = [&](std::string_view target, UsageFormat fallback = UsageFormat::json) {
    std::optional<Answer> out;
    answer_usage(provider, target, fallback, [&](Answer got) { out.emplace(std::move(got)); });
    REQUIRE(out);
    return std::pair(out->status, std::string(out->type) + "\n" + std::string(out->body.view()));
  };
  CHECK(has(answer("/usage").second, "\"price\":1.0000"));
  CHECK(has(answer("/usage?price=4&by=rule").second, "\"price\":4.0000"));
  CHECK(asked->by == UsageBy::rule);
  CHECK(has(answer("/usage?format=csv").second, "text/csv; charset=utf-8; header=present\nhost,"));
  CHECK(has(answer("/usage", UsageFormat::text).second, "text/plain; charset=utf-8\ntraffic since "));
  CHECK(answer("/usage?since=x").first == 400);
  CHECK(has(answer("/usage?since=x").second, "cannot use since: it takes a time such as 90m, 24h or 7d"));
  provider.usage = [](const ledger::UsageQuery&, const std::function<void(UsageResult)>& done) {
    done(aluvia::Err{std::string("no state")});
  };
  CHECK(answer("/usage?by=day").first == 400);
}
