// Tests options with a range: both ends are accepted from everywhere, and no value beyond them.
#include "agent/option_range.hpp"
#include "fixture.hpp"

#include <limits>

using namespace aluvia;
using namespace aluvia::app;
using namespace aluvia::app::test;
using agent::OptionRange;
using agent::range_of;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

namespace {

using Strings = std::vector<std::string>;

// Expects `value` to give `expected` from the flag, the environment and the file.
void expect_everywhere(const OptionRow& row, const std::string& value, std::int64_t expected) {
  CAPTURE(row.flag(), value);
  const OptionRange& range = *range_of(row.id);
  Environment environment;
  const Folder folder;
  CHECK(range.get(options({row.flag(), value}).client) == expected);
  const std::string line = std::string(option_name(row.id)) + " = " + value + "\n";
  CHECK(range.get(options({"--config", folder.file("config", line)}).client) == expected);
  if (!row.has_variable) return;
  environment.set(row.variable(), value);
  CHECK(range.get(options().client) == expected);
}

void expect_rejected(const OptionRow& row, const std::string& value) {
  CAPTURE(row.flag(), value);
  Environment environment;
  const std::string reason = " '" + value + "': it takes " + row.accepted();
  CHECK(complaint({row.flag(), value}) == "cannot use " + row.flag() + reason);
  if (!row.has_variable || value.empty()) return;  // a variable that is empty counts as unset
  environment.set(row.variable(), value);
  CHECK(complaint() == "cannot use " + row.variable() + reason);
}

std::string plain(const OptionRange& range, std::int64_t value) {
  if (range.kind != OptionRange::Kind::seconds) return std::to_string(value);
  return fmt::format("{}", static_cast<double>(value) / 1000);
}

template <class Chosen, class Check>
void for_each_row(Chosen chosen, Check check) {
  std::size_t count = 0;
  for (const OptionRange& range : agent::option_ranges()) {
    if (!chosen(range)) continue;
    ++count;
    check(option_row(range.id), range);
  }
  CHECK(count > 0);
}

bool is_time(const OptionRange& range) {
  return range.is_time();
}
bool is_size(const OptionRange& range) {
  return range.kind == OptionRange::Kind::bytes;
}

}  // namespace

TEST_CASE("Both ends of a range are accepted from everywhere, and help shows them") {
  for_each_row([](auto&) { return true; },
               [](const OptionRow& row, const OptionRange& range) {
                 for (const auto value : {range.least, range.most}) {
                   expect_everywhere(row, plain(range, value), value);
                   expect_everywhere(row, range.text_of(value), value);
                   CHECK_THAT(row.range(), Contains(" " + range.text_of(value)));
                 }
               });
}

TEST_CASE("A value beyond a range is rejected with the accepted values") {
  for_each_row([](auto&) { return true; },
               [](const OptionRow& row, const OptionRange& range) {
                 for (const auto value : {range.least - 1, range.most + 1}) {
                   expect_rejected(row, plain(range, value));
                 }
                 for (const char* const bad : {"-1", "nan", "inf", "0x10", " 7", "7 ", "1e3", "7,5", "x"}) {
                   expect_rejected(row, bad);
                 }
                 expect_rejected(row, "99999999999999999999999999");
               });
}

TEST_CASE("The default of a range is the default of the library, and inside the range") {
  const agent::AgentConnectClientOptions defaults;
  for_each_row([](auto&) { return true; },
               [&](const OptionRow& row, const OptionRange& range) {
                 const auto value = range.get(defaults);
                 CHECK(value.has_value() == (row.id != OptionId::gateway_port));
                 CHECK((!value || range.holds(*value)));
                 CHECK_THAT(row.fallback(), StartsWith(value ? range.text_of(*value) : "8080 for http"));
               });
}

TEST_CASE("Every time takes the units ms, s, m and h, and a fraction where it is whole milliseconds") {
  for_each_row(is_time, [](const OptionRow& row, const OptionRange& range) {
    CAPTURE(row.flag());
    for (const auto& [text, value] :
         std::initializer_list<std::pair<const char*, std::int64_t>>{{"1500ms", 1500},
                                                                     {"5s", 5000},
                                                                     {"2m", 120'000},
                                                                     {"1h", 3'600'000},
                                                                     {"1.5s", 1500},
                                                                     {"0.5m", 30'000}}) {
      if (range.holds(value)) expect_everywhere(row, text, value);
    }
    for (const char* const bad : {"5x", "5S", "5 s", "5d", "s", "1.5ms", "5s5s", "-5s", "1e3s", "5sec", "",
                                  "99999999999999999999h"}) {
      expect_rejected(row, bad);
    }
    CHECK_THAT(complaint({row.flag(), "5x"}), Contains("ms, s, m or h"));
  });
}

TEST_CASE("A time without a unit counts the unit that help names") {
  const Environment environment;
  CHECK(options({"--poll-interval", "1500"}).client.poll_interval == std::chrono::milliseconds(1500));
  CHECK(options({"--stall-timeout", "1.5"}).client.limits.stall == std::chrono::milliseconds(1500));
  CHECK_THAT(complaint({"--poll-interval", "1500.5"}), EndsWith("or in milliseconds"));
  for_each_row(is_time, [](const OptionRow& row, const OptionRange& range) {
    const bool in_seconds = range.kind == OptionRange::Kind::seconds;
    CHECK_THAT(std::string(row.value), StartsWith(in_seconds ? "SECONDS" : "MS"));
  });
}

TEST_CASE("Every size takes the units K, M and G") {
  for_each_row(is_size, [](const OptionRow& row, const OptionRange& range) {
    for (const auto& [text, value] : std::initializer_list<std::pair<const char*, std::int64_t>>{
             {"64K", 64 << 10}, {"1M", 1 << 20}, {"1024K", 1 << 20}, {"1G", 1 << 30}}) {
      if (range.holds(value)) expect_everywhere(row, text, value);
    }
    for (const char* const bad :
         {"64k", "64KB", "1.5M", "K", "-1M", "9223372036854775807G", "8796093022208M"}) {
      expect_rejected(row, bad);
    }
    CHECK_THAT(complaint({row.flag(), "64k"}), Contains("K, M or G"));
  });
}

TEST_CASE("A number takes no unit") {
  for_each_row([](const OptionRange& range) { return !range.is_time() && !is_size(range); },
               [](const OptionRow& row, const OptionRange&) {
                 for (const char* const bad : {"1K", "1s", "7.5"}) expect_rejected(row, bad);
               });
}
