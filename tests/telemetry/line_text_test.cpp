// Tests the pieces of a line, at their limits.
#include "telemetry/line_text.hpp"

#include "base/visible.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::telemetry;
using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::system_clock;

namespace {

template <class Put>
std::string line(Put put) {
  std::string out(8192, '\0');
  const char* const end = put(out.data());
  return out.substr(0, static_cast<std::size_t>(end - out.data()));
}

std::string milliseconds(std::int64_t us) {
  return line([&](char* at) { return put_milliseconds(at, microseconds(us)); });
}

std::string time_text(std::int64_t ms, RepeatedTexts& texts) {
  return line(
      [&](char* at) { return texts.put_time(at, system_clock::time_point(std::chrono::milliseconds(ms))); });
}

std::string time_text(std::int64_t ms) {
  RepeatedTexts texts;
  return time_text(ms, texts);
}

}  // namespace

TEST_CASE("A time span has up to three decimals and no zeros at its end") {
  CHECK(milliseconds(0) == "0");
  CHECK(milliseconds(1) == "0.001");
  CHECK(milliseconds(10) == "0.01");
  CHECK(milliseconds(120) == "0.12");
  CHECK(milliseconds(1000) == "1");
  CHECK(milliseconds(12'345'678) == "12345.678");
  CHECK(milliseconds(1'500'000) == "1500");
  CHECK(milliseconds(-5) == "0");
}

TEST_CASE("A time is in UTC with milliseconds") {
  CHECK(time_text(1'700'000'000'123) == "2023-11-14T22:13:20.123Z");
  CHECK(time_text(0) == "1970-01-01T00:00:00.000Z");
  CHECK(time_text(-1) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("The text of a second changes with the second, also back") {
  RepeatedTexts texts;
  for (const std::int64_t ms : {999, 1000, 1999, 2000, 999}) CHECK(time_text(ms, texts) == time_text(ms));
}

TEST_CASE("A number has its digits, at each change of their count") {
  for (std::uint64_t power = 1; power <= UINT64_MAX / 10; power *= 10) {
    for (const std::uint64_t value : {power - 1, power, power + 1, 9 * power + power / 10 * 9}) {
      CHECK(line([&](char* at) { return put_number(at, value); }) == std::to_string(value));
    }
  }
  CHECK(line([](char* at) { return put_number(at, UINT64_MAX); }) == "18446744073709551615");
}

TEST_CASE("A quoted text is that of json_quoted, for every byte at every place") {
  for (const std::size_t size : {1U, 2U, 3U, 4U, 7U, 8U, 9U, 16U, 17U, 40U}) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text(size, '~');
        text[at] = static_cast<char>(c);
        const std::string quoted = line([&](char* to) { return put_quoted(to, text); });
        const std::string escaped = line([&](char* to) { return put_escaped(to, text); });
        if (quoted != aluvia::json_quoted(text) || escaped != aluvia::visible(text)) {
          FAIL("byte " << c << " at " << at << " of " << size);
        }
      }
    }
  }
}

TEST_CASE("A long text is cut, and its escapes fit into the space that is foreseen") {
  const std::string text(5000, '\x01');
  const std::string quoted = line([&](char* at) { return put_quoted(at, text); });
  CHECK(quoted.size() == most_of_texts(1, text.size()));
  CHECK(quoted.ends_with("\\u0001\""));
}

TEST_CASE("A run has six hexadecimal digits") {
  RepeatedTexts texts;
  CHECK(line([&](char* at) { return texts.put_run(at, 0x7f3a9c); }) == "7f3a9c");
  CHECK(line([&](char* at) { return texts.put_run(at, 0xab); }) == "0000ab");
}
