// Tests of the text of a budget and of its periods.
#include "policy/budget_spec.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::policy;

namespace {

constexpr std::optional<double> no_price;

std::string error_of(std::string_view text, std::optional<double> price = no_price) {
  const auto spec = parse_budget(text, price);
  return spec ? std::string() : spec.error();
}

std::uint64_t bytes_of(std::string_view text, std::optional<double> price = no_price) {
  const auto spec = parse_budget(text, price);
  INFO(text << ": " << (spec ? "" : spec.error()));
  REQUIRE(spec.has_value());
  return spec->bytes;
}

}  // namespace

TEST_CASE("A budget has an amount with a unit, and a period") {
  CHECK(bytes_of("5GB/day") == 5'000'000'000);
  CHECK(bytes_of("500MB/month") == 500'000'000);
  CHECK(bytes_of("1.5kb/day") == 1500);
  CHECK(bytes_of("1B/day") == 1);
  CHECK(bytes_of("2TB/month") == 2'000'000'000'000);
  CHECK(bytes_of("64KiB/day") == 65536);
  CHECK(bytes_of("1GiB/day") == 1073741824);
  CHECK(bytes_of(" 5 GB / Day ") == 5'000'000'000);
  CHECK(bytes_of("9223372036854774784B/day") == 9223372036854774784);
  CHECK(parse_budget("5GB/month", no_price)->period == BudgetPeriod::month);
}

TEST_CASE("A budget in money is converted by the price of a GB") {
  CHECK(bytes_of("10USD/month", 2.0) == 5'000'000'000);
  CHECK(bytes_of("0.5EUR/day", 2.0) == 250'000'000);
  CHECK(
      error_of("10USD/month") ==
      "budget \"10USD/month\": it is in USD, and the price of a GB is not known; set price as well, or write "
      "bytes");
}

TEST_CASE("A budget may be for a pattern") {
  const auto spec = parse_budget("*.Example.com:443=1GB/day", no_price);
  REQUIRE(spec.has_value());
  CHECK(spec->pattern == "*.example.com:443");
  CHECK(spec->name == "budget *.Example.com:443=1GB/day");
  CHECK(parse_budget("10.0.0.0/8=1GB/day", no_price)->pattern == "10.0.0.0/8");
  CHECK(parse_budget("@trackers=1MB/day", no_price)->pattern == "@trackers");
}

TEST_CASE("A bad budget gets a sentence that says what to write") {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"0GB/day", "its amount is 0, which allows nothing; write one above 0, or block the hosts"},
      {"-5GB/day", "its amount is negative; write one above 0"},
      {"5 potatoes/day",
       "its unit \"potatoes\" is not known; write B, KB, MB, GB, TB, KiB, MiB, GiB, TiB, or the three "
       "letters of a currency"},
      {"9223372036854775808B/day", "its amount is not below 2^63 bytes; write a smaller one"},
      {"99999999999TB/day", "its amount is not below 2^63 bytes; write a smaller one"},
      {"0.1B/day", "its amount is less than one byte; write a larger one"},
      {"5000/day",
       "its amount has no unit; write bytes with one, such as 5GB/day, or money, such as 10USD/month"},
      {"5GB", "write an amount, a unit and a period, such as 5GB/day, 500MB/month or 10USD/month"},
      {"GB/day", "write an amount, a unit and a period, such as 5GB/day, 500MB/month or 10USD/month"},
      {"", "write an amount, a unit and a period, such as 5GB/day, 500MB/month or 10USD/month"},
      {"5GB/fortnight", "its period \"fortnight\" is not known; write day or month"},
      {"5GB/day/month", "its period \"day/month\" is not known; write day or month"},
  };
  for (const auto& [text, reason] : rows) {
    INFO(text);
    CHECK(error_of(text) == "budget \"" + std::string(text) + "\": " + std::string(reason));
  }
  CHECK(error_of("=5GB/day") ==
        "budget \"=5GB/day\": pattern \"\": it is empty; write a host name like \"example.com\"");
  CHECK_THAT(error_of(std::string(400, '9') + "B/day"), Catch::Contains("below 2^63 bytes"));
}

TEST_CASE("Two budgets of the same hosts and period contradict each other") {
  using Texts = std::vector<std::string>;
  CHECK(budgets_error(Texts{"5GB/day", "50GB/month", "a.com=1GB/day", "b.com=1GB/day"}, no_price).empty());
  CHECK(
      budgets_error(Texts{"A.com=5GB/day", "a.com=6GB/day"}, no_price) ==
      "budget \"a.com=6GB/day\": \"A.com=5GB/day\" is for the same hosts and period; leave one of them out");
  CHECK(budgets_error(Texts(most_budgets + 1, "5GB/day"), no_price) ==
        "there are 33 budgets, and at most 32 are possible; leave some out");
}

TEST_CASE("Periods begin at midnight UTC") {
  constexpr Seconds noon = 1'796'040'000;  // 2026-11-30T12:00:00Z
  CHECK(time_text(noon) == "2026-11-30T12:00:00Z");
  CHECK(time_text(period_at(BudgetPeriod::day, noon).begin) == "2026-11-30T00:00:00Z");
  CHECK(time_text(period_at(BudgetPeriod::day, noon).end) == "2026-12-01T00:00:00Z");
  CHECK(time_text(period_at(BudgetPeriod::month, noon).begin) == "2026-11-01T00:00:00Z");
  CHECK(time_text(period_at(BudgetPeriod::month, noon).end) == "2026-12-01T00:00:00Z");
}

TEST_CASE("A month ends at the end of the year and in leap years where the calendar says") {
  constexpr Seconds end_of_year = 1'798'761'599;  // 2026-12-31T23:59:59Z
  CHECK(time_text(end_of_year) == "2026-12-31T23:59:59Z");
  CHECK(time_text(period_at(BudgetPeriod::month, end_of_year).end) == "2027-01-01T00:00:00Z");
  CHECK(period_at(BudgetPeriod::day, end_of_year + 1).begin == end_of_year + 1);
  const PeriodTimes leap = period_at(BudgetPeriod::month, 1'835'400'000);  // 2028-02-29T
  CHECK(leap.end - leap.begin == 29 * 86400);
}
