// Tests the lines of a running proxy on a terminal.
#include "live_view.hpp"

#include "wrapped_text.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::app;
using namespace std::chrono_literals;
using Catch::Contains;
using telemetry::RequestRecord;

namespace {

RequestRecord sample() {
  RequestRecord out;
  out.begin = std::chrono::system_clock::time_point{1'700'000'000s};
  out.duration = 34'400us;
  out.is_tunnel = true;
  out.method = "CONNECT";
  out.host = "www.example.com";
  out.port = 443;
  out.route = rules::Route::gateway;
  out.rule = "*.example.com";
  out.status = 200;
  out.bytes_up = 200;
  out.bytes_down = 1300;
  return out;
}

RequestRecord failure() {
  RequestRecord out = sample();
  out.outcome = RequestRecord::Outcome::failed;
  out.status = 502;
  out.error = "dns_error";
  out.reason = "the name of www.example.com:443 does not exist";
  return out;
}

// Without the local time, which depends on the machine.
std::string behind_time(const std::string& line) {
  return line.substr(8);
}

}  // namespace

TEST_CASE("A line of a request fills 80 and 120 columns") {
  CHECK(behind_time(request_line(sample(), {}, 80)) ==
        " CONNECT www.example.com     gateway *.example.com 200    1.5 KB   34 ms\n");
  for (const std::size_t width : {60U, 80U, 120U, 160U}) {
    const std::string line = request_line(sample(), {}, width);
    CHECK(width_of(line) == width + 1);
  }
  CHECK_THAT(request_line(sample(), {}, 120), Contains(" *.example.com "));
}

TEST_CASE("A long host and a long rule are cut by characters") {
  RequestRecord record = sample();
  record.host = "a-very-long-host-name.that-goes-on.and-on.example.com";
  record.rule = "ééééééééééééééééééééééééééééééééé";
  const std::string line = request_line(record, {}, 80);
  CHECK(width_of(line) == 81);
  CHECK_THAT(line, Contains("a-very-long-host-n") && Contains("… ") && !Contains("\xc3 "));
}

TEST_CASE("A port other than the usual one is shown") {
  RequestRecord record = sample();
  record.port = 8443;
  CHECK_THAT(request_line(record, {}, 120), Contains("www.example.com:8443 "));
  record.host = "::1";
  CHECK_THAT(request_line(record, {}, 120), Contains("[::1]:8443 "));
  record.is_tunnel = false;
  record.method = "GET";
  record.port = 80;
  CHECK_THAT(request_line(record, {}, 120), Contains(" ::1 "));
}

TEST_CASE("A failure is red and has its reason, on the line or below it") {
  const std::string wide = request_line(failure(), TerminalStyle(true), 120);
  CHECK_THAT(wide, Contains("\x1b[1;31m502\x1b[0m") &&
                       Contains("\x1b[1;31mthe name of www.example.com:443 does not exist\x1b[0m\n"));
  CHECK(std::ranges::count(request_line(failure(), {}, 120), '\n') == 1);
  const std::string narrow = request_line(failure(), {}, 80);
  CHECK_THAT(narrow, Contains(" 502\n         the name of www.example.com:443 does not exist\n"));
  CHECK_THAT(request_line(failure(), {}, 60),
             Contains(" 502\n         the name of www.example.com:443 does not exist\n"));
  RequestRecord long_one = failure();
  long_one.reason = "the name of www.example.com:443 does not exist or the name servers do not answer";
  CHECK_THAT(request_line(long_one, {}, 80),
             Contains("does not exist or the name servers do\n         not answer\n"));
}

TEST_CASE("A long line of the log is broken behind its level") {
  const LogRecord record{
      {}, LogLevel::info, "stopped", "stopped: 5 connections and a number of other figures"};
  CHECK(behind_time(short_log_line(record, {}, 60)) ==
        " info    stopped: 5 connections and a number of\n"
        "                 other figures\n");
}

TEST_CASE("A request that was not understood has dashes in place of what is unknown") {
  RequestRecord record;
  record.outcome = RequestRecord::Outcome::failed;
  record.status = 400;
  record.reason = "bad";
  CHECK(behind_time(request_line(record, {}, 80)) == " -       -                   -       400  bad\n");
}

TEST_CASE("A request whose client left says so") {
  RequestRecord record = sample();
  record.outcome = RequestRecord::Outcome::aborted;
  record.status = 0;
  CHECK_THAT(request_line(record, {}, 80), Contains(" left "));
}

TEST_CASE("Foreign text in a line is escaped") {
  RequestRecord record = failure();
  record.rule = "a\x1b[2J";
  record.reason = "b\n\x1b[2J";
  const std::string line = request_line(record, {}, 160);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(std::ranges::count(line, '\n') == 1);
  record.outcome = RequestRecord::Outcome::completed;
  CHECK(request_line(record, {}, 160).find('\x1b') == std::string::npos);
}

TEST_CASE("Times are milliseconds, seconds or minutes") {
  RequestRecord record = sample();
  record.duration = 400us;
  CHECK_THAT(request_line(record, {}, 80), Catch::EndsWith("   0 ms\n"));
  record.duration = 12'340ms;
  CHECK_THAT(request_line(record, {}, 80), Catch::EndsWith(" 12.3 s\n"));
  record.duration = 2h;
  CHECK_THAT(request_line(record, {}, 80), Catch::EndsWith("120 min\n"));
}

TEST_CASE("The ready text has URL, page and a command that works") {
  CHECK(ready_text("http://127.0.0.1:1", false, {}) ==
        "aluvia-connect is ready: http://127.0.0.1:1\n"
        "  page  http://127.0.0.1:1/\n"
        "  try   curl -x http://127.0.0.1:1 https://example.com/\n");
  CHECK_THAT(ready_text("http://127.0.0.1:1", true, {}), Contains("curl -U USER:PASSWORD -x "));
}

TEST_CASE("A live view shows the start as the ready text, and other events in a short form") {
  StderrSink sink(LogFormat::text, -1);
  const LiveView view(sink, {}, {});
  const LiveView other(sink, {}, {.shows_ready = false});
  const LogField fields[] = {{"url", "http://127.0.0.1:1"}};
  const LogRecord started{{}, LogLevel::info, {"started", fields}, "listening"};
  CHECK_THAT(view.render(started), Contains("is ready: http://127.0.0.1:1\n"));
  CHECK(other.render(started).empty());
  const LiveView log_only(sink, {}, {.shows_requests = false});
  CHECK(behind_time(log_only.render(started)) == " info    listening\n");
  const LogRecord changed{{}, LogLevel::warn, "poll_failed", "no\x1b answer"};
  CHECK(behind_time(view.render(changed)) == " warn    no\\x1b answer\n");
  const LogRecord stopped{{}, LogLevel::info, "stopped", "stopped: 1 connection"};
  CHECK(view.render(stopped).starts_with('\r'));
}
