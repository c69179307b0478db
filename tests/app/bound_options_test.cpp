// Every bound is an option: its row of the table says what the agent room takes, and its default.
#include "fixture.hpp"
#include "option_table.hpp"

#include <algorithm>
#include <cctype>

using namespace aluvia;
using namespace aluvia::app;
using namespace aluvia::app::test;
using agent::Bounds;
using Catch::Contains;
using Catch::StartsWith;

namespace {

const OptionRow& row_of(std::string_view flag) {
  const auto rows = option_table();
  const auto row = std::ranges::find(rows, flag, &OptionRow::flag);
  REQUIRE(row != rows.end());
  return *row;
}

// "--head-timeout" -> "ALUVIA_HEAD_TIMEOUT".
std::string variable_of(std::string_view flag) {
  std::string out = "ALUVIA_";
  for (const char c : flag.substr(2)) {
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string in_seconds(Bounds::Time time) {
  return fmt::format("{}", std::chrono::duration<double>(time).count());
}

void has_row(const std::string& flag, const std::string& takes, const std::string& fallback) {
  const OptionRow& row = row_of(flag);
  CHECK(row.group == "Bounds");
  CHECK(row.variable == variable_of(flag));
  CHECK(row.takes == takes);
  CHECK_THAT(std::string(row.help), Contains("(default: " + fallback + ")"));
  CHECK_THAT(std::string(row.help), Contains(takes.substr(takes.find("from ") + 5)));
}

// From the flag, the environment and the file; anything else is refused with what it takes.
template <class Seen>
void takes_from_everywhere(const std::string& flag, const std::string& value, Seen seen) {
  Environment environment;
  const Folder folder;
  CHECK(seen(options({flag, value})));
  environment.set(variable_of(flag), value);
  CHECK(seen(options()));
  ::unsetenv(variable_of(flag).c_str());
  CHECK(seen(options({"--config", folder.file("config", flag.substr(2) + " = " + value + "\n")})));
}

void refuses(const std::string& flag, const std::vector<std::string>& values, const std::string& takes) {
  Environment environment;
  for (const std::string& bad : values) {
    CAPTURE(flag, bad);
    CHECK_THAT(complaint({flag, bad}), StartsWith(flag + " " + takes + ", not '" + bad + "'"));
    environment.set(variable_of(flag), bad);
    CHECK_THAT(complaint(), StartsWith(flag + " " + takes) && Contains("(from " + variable_of(flag)));
    ::unsetenv(variable_of(flag).c_str());
  }
}

}  // namespace

TEST_CASE(
    "Every bound that is a number has a row, is read from everywhere, and refuses what is out of range") {
  for (const agent::NumberBound& one : agent::number_bounds()) {
    const std::string flag = one.option;
    has_row(flag, one.takes(), std::to_string(Bounds{}.*one.value));
    for (const std::size_t value : {one.least, one.most}) {
      takes_from_everywhere(flag, std::to_string(value),
                            [&](const RunOptions& o) { return o.client.bounds.*one.value == value; });
    }
    refuses(flag, {std::to_string(one.least - 1), std::to_string(one.most + 1), "-1", "1k", "7.5", "1e3"},
            one.takes());
  }
}

TEST_CASE("Every bound that is a time has a row, is read from everywhere, and refuses what is out of range") {
  for (const agent::TimeBound& one : agent::time_bounds()) {
    const std::string flag = one.option;
    has_row(flag, one.takes(), in_seconds(Bounds{}.*one.value));
    for (const Bounds::Time value : {one.least, one.most, Bounds::Time(1500)}) {
      takes_from_everywhere(flag, in_seconds(value),
                            [&](const RunOptions& o) { return o.client.bounds.*one.value == value; });
    }
    const std::string over = std::to_string(std::chrono::ceil<std::chrono::seconds>(one.most).count() + 1);
    refuses(flag, {"0", "0.09", over, "-1", "10s", "nan", "inf"}, one.takes());
  }
}

TEST_CASE("No row of the bounds is without a bound") {
  const auto rows = option_table();
  const auto count = std::ranges::count(rows, std::string_view("Bounds"), &OptionRow::group);
  CHECK(static_cast<std::size_t>(count) == agent::number_bounds().size() + agent::time_bounds().size());
}
