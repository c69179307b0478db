#include "http/retry_after.hpp"

#include <catch2/catch.hpp>

using aluvia::http::parse_retry_after;
using std::chrono::seconds;

namespace {
// 1994-11-06 08:49:37 UTC
const std::chrono::system_clock::time_point kNow{seconds(784111777)};
}  // namespace

TEST_CASE("Retry-After in seconds") {
  CHECK(parse_retry_after("120", kNow) == seconds(120));
  CHECK(parse_retry_after(" 0 ", kNow) == seconds(0));
  CHECK(parse_retry_after("99999999999999999999", kNow) >= seconds(3600));
}

TEST_CASE("Retry-After as a date counts from now, and a date in the past is no wait") {
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", kNow) == seconds(60));
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow) == seconds(0));
  CHECK(parse_retry_after("Sat, 05 Nov 1994 08:49:37 GMT", kNow) == seconds(0));
}

TEST_CASE("A Retry-After of a far year is a long wait, and of a far past none") {
  CHECK(parse_retry_after("Sun, 06 Nov 3988 08:49:37 GMT", kNow) >= seconds(3600));
  CHECK(parse_retry_after("Fri, 31 Dec 9999 23:59:60 GMT", kNow) >= seconds(3600));
  CHECK(parse_retry_after("Sat, 01 Jan 0000 00:00:00 GMT", kNow) == seconds(0));
}

TEST_CASE("A Retry-After that is neither is none") {
  for (const char* text :
       {"", "soon", "-1", "1.5", "10s", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sunday, 06-Nov-94 08:49:37 GMT"}) {
    INFO(text);
    CHECK_FALSE(parse_retry_after(text, kNow));
  }
}
