// Tests of the line limit and of the logger that uses it.
#include "base/line_limit.hpp"

#include "base/logger.hpp"

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace std::chrono_literals;

namespace {

constexpr LineLimit::Time noon{std::chrono::hours(12)};

std::size_t allowed(LineLimit& limit, std::string_view kind, LineLimit::Time now, std::size_t tries) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < tries; ++i) out += limit.allows("event", kind, now) ? 1U : 0U;
  return out;
}

LineLimit::Time test_time = noon;

// A logger with a clock that the test sets.
struct Fixture {
  Fixture() { test_time = noon; }
  std::vector<std::string> lines;
  Logger logger{LogLevel::debug, LogFormat::text,
                [this](std::string_view line) { lines.emplace_back(line.substr(25, line.size() - 26)); },
                [] { return test_time; }};
};

}  // namespace

TEST_CASE("Ten lines of a kind pass in ten seconds, and the others are counted") {
  LineLimit limit;
  CHECK(allowed(limit, "a", noon, 25) == 10);
  CHECK(allowed(limit, "a", noon + 9999ms, 5) == 0);
  CHECK(limit.take_due(noon + 9999ms).empty());
  const auto due = limit.take_due(noon + 10s);
  REQUIRE(due.size() == 1);
  CHECK(due[0].kind == "a");
  CHECK(due[0].lines == 20);
  CHECK(limit.take_due(noon + 11s).empty());
  CHECK(allowed(limit, "a", noon + 11s, 25) == 10);
}

TEST_CASE("The limit of one kind does not affect another") {
  LineLimit limit;
  CHECK(allowed(limit, "a", noon, 1000) == 10);
  CHECK(allowed(limit, "b", noon, 10) == 10);
  CHECK(limit.take_all().size() == 1);
}

TEST_CASE("A kind below the limit has no suppressed lines") {
  LineLimit limit;
  for (int i = 0; i < 100; ++i) CHECK(limit.allows("event", "a", noon + i * 1s));
  CHECK(limit.take_all().empty());
  CHECK(limit.take_due(noon + 1h).empty());
}

TEST_CASE("Counts of suppressed lines are kept until they are taken") {
  LineLimit limit;
  CHECK(allowed(limit, "a", noon, 12) == 10);
  CHECK(allowed(limit, "a", noon + 60s, 13) == 10);
  const auto all = limit.take_all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].lines == 5);
  CHECK(limit.take_all().empty());
}

TEST_CASE("A clock that is set back does not suppress lines until the old time") {
  LineLimit limit;
  CHECK(allowed(limit, "a", noon, 20) == 10);
  CHECK(allowed(limit, "a", noon - 1h, 20) == 10);
}

TEST_CASE("The next line after a window logs how many warnings were suppressed") {
  Fixture fixture;
  for (int i = 0; i < 15; ++i) fixture.logger.warn("event", "peer {} is odd", i);
  fixture.logger.info("event", "something else");
  REQUIRE(fixture.lines.size() == 11);
  CHECK(fixture.lines[9] == "warn  peer 9 is odd");
  CHECK(fixture.lines[10] == "info  something else");
  test_time = noon + 10s;
  fixture.logger.warn("event", "peer {} is odd", 15);
  REQUIRE(fixture.lines.size() == 13);
  CHECK(fixture.lines[11] == "warn  5 lines like \"peer {} is odd\" were suppressed");
  CHECK(fixture.lines[12] == "warn  peer 15 is odd");
}

TEST_CASE("Suppressed lines are logged when their window has ended, or all at the end of the program") {
  Fixture fixture;
  for (int i = 0; i < 11; ++i) fixture.logger.info("event", "again");
  fixture.logger.log_suppressed(Logger::Suppressed::due);
  CHECK(fixture.lines.size() == 10);
  fixture.logger.log_suppressed(Logger::Suppressed::all);
  REQUIRE(fixture.lines.size() == 11);
  CHECK(fixture.lines[10] == "warn  1 line like \"again\" was suppressed");
  fixture.logger.info("event", "again");
  test_time = noon + 10s;
  fixture.logger.log_suppressed(Logger::Suppressed::due);
  REQUIRE(fixture.lines.size() == 12);
  fixture.logger.log_suppressed(Logger::Suppressed::due);
  CHECK(fixture.lines.size() == 12);
}

TEST_CASE("Copies of a logger share their counts, and a logger without the limit does not count") {
  Fixture fixture;
  const Logger copy = fixture.logger;
  const Logger all = fixture.logger.without_limit();
  for (int i = 0; i < 10; ++i) {
    fixture.logger.warn("event", "shared");
    copy.warn("event", "shared");
    all.warn("event", "shared");
    all.warn("event", "shared");
  }
  CHECK(fixture.lines.size() == 10 + 20);
}

TEST_CASE("Debug lines are never suppressed") {
  Fixture fixture;
  for (int i = 0; i < 1000; ++i) fixture.logger.debug("event", "{}", i);
  CHECK(fixture.lines.size() == 1000);
}

TEST_CASE("Two threads that flood together lose no count") {
  std::mutex mutex;
  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    lines.emplace_back(line);
  };
  const Logger shared(LogLevel::info, LogFormat::text, keep, [] { return noon; });
  const auto flood = [&] {
    for (int i = 0; i < 10'000; ++i) shared.warn("event", "flood");
  };
  std::thread other(flood);
  flood();
  other.join();
  CHECK(lines.size() == 10);
  shared.log_suppressed(Logger::Suppressed::all);
  REQUIRE(lines.size() == 11);
  CHECK(lines[10].find("19990 lines like \"flood\" were suppressed") != std::string::npos);
}
