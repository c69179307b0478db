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
  out.logger(LogLevel::info).info("event", "listening on {}", 54321);
  REQUIRE(out.lines.size() == 1);
  CHECK(out.lines[0] == "2023-11-14T22:13:20.123Z info  listening on 54321\n");
}

TEST_CASE("Each level writes its own lines and those of the levels before it") {
  const auto levels = {LogLevel::silent, LogLevel::error, LogLevel::warn, LogLevel::info, LogLevel::debug};
  std::size_t expected = 0;
  for (const LogLevel level : levels) {
    Lines out;
    const Logger logger = out.logger(level);
    logger.debug("event", "d");
    logger.info("event", "i");
    logger.warn("event", "w");
    logger.error("event", "e");
    CHECK(out.lines.size() == expected++);
  }
}

TEST_CASE("The reason why the program ends is written at every level") {
  for (const LogLevel level : {LogLevel::silent, LogLevel::debug}) {
    Lines out;
    out.logger(level, LogFormat::json).fatal({"failed", {{"exit_status", 69}}}, "no {}");
    REQUIRE(out.lines.size() == 1);
    CHECK(out.lines[0] ==
          "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"error\",\"event\":\"failed\","
          "\"message\":\"no {}\",\"exit_status\":69}\n");
  }
}

TEST_CASE("A JSON line has the typed fields of its event, without those that are empty") {
  Lines out;
  const std::string host = "a\n.test";
  out.logger(LogLevel::info, LogFormat::json)
      .info({"request_failed",
             {{"host", host},
              {"port", std::uint16_t{443}},
              {"route", std::string_view("direct")},
              {"rule", ""},
              {"status", std::optional<int>()},
              {"tries", std::optional(2)},
              {"reused", false},
              {"balance", -3},
              {"duration_ms", std::chrono::microseconds(1500)}}},
            "{} failed", host);
  REQUIRE(out.lines.size() == 1);
  const std::string& line = out.lines[0];
  CHECK(line.substr(line.find(",\"host\"")) ==
        ",\"host\":\"a\\u000a.test\",\"port\":443,\"route\":\"direct\",\"tries\":2,\"reused\":false,"
        "\"balance\":-3.0,\"duration_ms\":1.5}\n");
}

TEST_CASE("A text line shows the message alone") {
  Lines out;
  out.logger(LogLevel::info).warn({"poll_failed", {{"status", 503}}}, "no answer");
  CHECK(out.lines[0] == "2023-11-14T22:13:20.123Z warn  no answer\n");
}

TEST_CASE("A logger with its own form of lines writes what it makes, and no empty line") {
  std::vector<std::string> lines;
  const Logger logger(
      LogLevel::info,
      [](const LogRecord& record) {
        return record.event.name == "left_out" ? "" : std::string(record.event.name) + "\n";
      },
      [&](std::string_view line) { lines.emplace_back(line); }, noon);
  logger.info("left_out", "a");
  logger.info("shown", "b");
  CHECK(lines == std::vector<std::string>{"shown\n"});
  CHECK(logger.format() == LogFormat::text);
}

TEST_CASE("A JSON line is one object for any message") {
  Lines out;
  out.logger(LogLevel::info, LogFormat::json).warn("event", "a \"quote\" and\na line");
  CHECK(out.lines[0] ==
        "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warn\",\"event\":\"event\",\"message\":\"a "
        "\\\"quote\\\" and\\u000aa "
        "line\"}\n");
}

TEST_CASE("A peer's bytes cannot forge a second line or control a terminal") {
  CHECK(printable("a\r\nb\x1b[2J") == "a\\x0d\\x0ab\\x1b[2J");
  CHECK(printable(std::string(300, 'x'), 10) == "xxxxxxxxxx…");
  Lines out;
  out.logger(LogLevel::info).info("event", "{}", "one\ntwo");
  CHECK(out.lines[0].find('\n') == out.lines[0].size() - 1);
}
