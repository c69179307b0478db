// A flood of one kind is cut to what a reader can take, counted, and told; nothing else suffers from it.
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
  for (std::size_t i = 0; i < tries; ++i) out += limit.allows(kind, now) ? 1U : 0U;
  return out;
}

LineLimit::Time by_hand = noon;

// A log whose clock the test turns.
struct Log {
  Log() { by_hand = noon; }
  std::vector<std::string> lines;
  Logger logger{LogLevel::debug, LogFormat::text,
                [this](std::string_view line) { lines.emplace_back(line.substr(25, line.size() - 26)); },
                [] { return by_hand; }};
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

TEST_CASE("One kind takes nothing from another") {
  LineLimit limit;
  CHECK(allowed(limit, "a", noon, 1000) == 10);
  CHECK(allowed(limit, "b", noon, 10) == 10);
  CHECK(limit.take_all().size() == 1);
}

TEST_CASE("A kind that stays below the limit has nothing to tell") {
  LineLimit limit;
  for (int i = 0; i < 100; ++i) CHECK(limit.allows("a", noon + i * 1s));
  CHECK(limit.take_all().empty());
  CHECK(limit.take_due(noon + 1h).empty());
}

TEST_CASE("What is left out is not forgotten where nobody asks for a while") {
  LineLimit limit;
  CHECK(allowed(limit, "a", noon, 12) == 10);
  CHECK(allowed(limit, "a", noon + 60s, 13) == 10);
  const auto all = limit.take_all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].lines == 5);
  CHECK(limit.take_all().empty());
}

TEST_CASE("A clock that is set back does not silence a kind for as long") {
  LineLimit limit;
  CHECK(allowed(limit, "a", noon, 20) == 10);
  CHECK(allowed(limit, "a", noon - 1h, 20) == 10);
}

TEST_CASE("A flood of warnings is told with the next line once its time is over") {
  Log log;
  for (int i = 0; i < 15; ++i) log.logger.warn("peer {} is odd", i);
  log.logger.info("something else");
  REQUIRE(log.lines.size() == 11);
  CHECK(log.lines[9] == "warn  peer 9 is odd");
  CHECK(log.lines[10] == "info  something else");
  by_hand = noon + 10s;
  log.logger.warn("peer {} is odd", 15);
  REQUIRE(log.lines.size() == 13);
  CHECK(log.lines[11] == "warn  5 lines like \"peer {} is odd\" were suppressed");
  CHECK(log.lines[12] == "warn  peer 15 is odd");
}

TEST_CASE("Who comes by tells what is due, and who ends everything tells all") {
  Log log;
  for (int i = 0; i < 11; ++i) log.logger.info("again");
  log.logger.log_suppressed(Logger::Suppressed::due);
  CHECK(log.lines.size() == 10);
  log.logger.log_suppressed(Logger::Suppressed::all);
  REQUIRE(log.lines.size() == 11);
  CHECK(log.lines[10] == "warn  1 line like \"again\" was suppressed");
  log.logger.info("again");
  by_hand = noon + 10s;
  log.logger.log_suppressed(Logger::Suppressed::due);
  REQUIRE(log.lines.size() == 12);
  log.logger.log_suppressed(Logger::Suppressed::due);
  CHECK(log.lines.size() == 12);
}

TEST_CASE("Copies of a logger count together, and those without the limit not at all") {
  Log log;
  const Logger copy = log.logger;
  const Logger all = log.logger.without_limit();
  for (int i = 0; i < 10; ++i) {
    log.logger.warn("shared");
    copy.warn("shared");
    all.warn("shared");
    all.warn("shared");
  }
  CHECK(log.lines.size() == 10 + 20);
}

TEST_CASE("Debug lines all pass: whoever asks for them wants each") {
  Log log;
  for (int i = 0; i < 1000; ++i) log.logger.debug("{}", i);
  CHECK(log.lines.size() == 1000);
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
    for (int i = 0; i < 10'000; ++i) shared.warn("flood");
  };
  std::thread other(flood);
  flood();
  other.join();
  CHECK(lines.size() == 10);
  shared.log_suppressed(Logger::Suppressed::all);
  REQUIRE(lines.size() == 11);
  CHECK(lines[10].find("19990 lines like \"flood\" were suppressed") != std::string::npos);
}
