// Tests times and sizes in text.
#include "base/quantity.hpp"

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace std::chrono_literals;

TEST_CASE("A duration is a number with a unit, or counts the plain unit") {
  CHECK(parse_duration("500ms", 1s) == 500);
  CHECK(parse_duration("5s", 1ms) == 5000);
  CHECK(parse_duration("2m", 1s) == 120'000);
  CHECK(parse_duration("1h", 1s) == 3'600'000);
  CHECK(parse_duration("7", 1s) == 7000);
  CHECK(parse_duration("7", 1ms) == 7);
  CHECK(parse_duration("0.3", 1s) == 300);
  CHECK(parse_duration("-1s", 1s) == -1000);
  CHECK(parse_duration("1000000000000000000000h", 1s) > 1e20);
}

TEST_CASE("Other texts are no durations") {
  for (const char* const text : {"", "s", "5x", "5 s", " 5s", "5s ", "5S", "1.5ms", "1e3", "nan", "inf",
                                 "infs", "0x5", "5s5s", "+5s", "--5s", "."}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text, 1s));
  }
  CHECK_FALSE(parse_duration("0.5", 1ms));
}

TEST_CASE("A size is a whole number with a unit, or bytes") {
  CHECK(parse_size("0") == 0);
  CHECK(parse_size("1000") == 1000);
  CHECK(parse_size("64K") == 65'536);
  CHECK(parse_size("32M") == 33'554'432);
  CHECK(parse_size("1G") == 1'073'741'824);
  CHECK(parse_size("8589934591G") == 9'223'372'035'781'033'984);
  for (const char* const text :
       {"", "K", "1.5K", "1k", "1KB", "-1", "-1K", " 1", "1 ", "8589934592G", "9223372036854775808"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("Texts have the largest unit that leaves a whole number, and read back") {
  for (const auto& [time, text] : std::initializer_list<std::pair<std::chrono::milliseconds, const char*>>{
           {0ms, "0s"}, {100ms, "100ms"}, {1500ms, "1500ms"}, {75s, "75s"}, {120s, "2m"}, {24h, "24h"}}) {
    CHECK(duration_text(time) == text);
    CHECK(parse_duration(text, 1s) == static_cast<double>(time.count()));
  }
  for (const auto& [bytes, text] : std::initializer_list<std::pair<std::int64_t, const char*>>{
           {0, "0"}, {1000, "1000"}, {65'536, "64K"}, {33'554'432, "32M"}, {1 << 30, "1G"}}) {
    CHECK(size_text(bytes) == text);
    CHECK(parse_size(text) == bytes);
  }
}

TEST_CASE("A decimal number is digits with at most one point, and nothing else") {
  CHECK(parse_decimal("2.50") == 2.5);
  CHECK(parse_decimal("0") == 0);
  CHECK(parse_decimal("10000") == 10'000);
  for (const char* const text :
       {"", ".", "-1", "-0", "+1", "1e9", "1,5", " 1", "1 ", "1x", "inf", "nan", "$1", "0x1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text));
  }
}
