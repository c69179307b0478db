// Tests of log levels and formats.
#include "base/logger.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia;

namespace {

std::chrono::system_clock::time_point noon() {
  return std::chrono::system_clock::time_point{std::chrono::milliseconds{1'700'000'000'123}};
}

struct Lines {
  std::vector<std::string> lines;
  Logger logger(LogLevel level, LogFormat format = LogFormat::text) {
    return Logger(
        level, format, [this](std::string_view line) { lines.emplace_back(line); }, noon);
  }
};

}  // namespace

TEST_CASE("A line carries the time, the level and the message") {
  Lines out;
  out.logger(LogLevel::info).info("listening on {}", 54321);
  REQUIRE(out.lines.size() == 1);
  CHECK(out.lines[0] == "2023-11-14T22:13:20.123Z info  listening on 54321\n");
}

TEST_CASE("Level silent writes nothing, info no debug lines, debug everything") {
  for (const auto& [level, expected] :
       {std::pair{LogLevel::silent, 0U}, std::pair{LogLevel::info, 2U}, std::pair{LogLevel::debug, 3U}}) {
    Lines out;
    const Logger logger = out.logger(level);
    logger.debug("d");
    logger.info("i");
    logger.warn("w");
    CHECK(out.lines.size() == expected);
  }
}

TEST_CASE("A JSON line is one object for any message") {
  Lines out;
  out.logger(LogLevel::info, LogFormat::json).warn("a \"quote\" and\na line");
  CHECK(out.lines[0] ==
        "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warn\",\"message\":\"a \\\"quote\\\" and\\u000aa "
        "line\"}\n");
}

TEST_CASE("A peer's bytes cannot forge a second line or control a terminal") {
  CHECK(printable("a\r\nb\x1b[2J") == "a\\x0d\\x0ab\\x1b[2J");
  CHECK(printable(std::string(300, 'x'), 10) == "xxxxxxxxxx…");
  Lines out;
  out.logger(LogLevel::info).info("{}", "one\ntwo");
  CHECK(out.lines[0].find('\n') == out.lines[0].size() - 1);
}
