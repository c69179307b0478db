// Tests the values that a LineBuffer writes, at their limits.
#include "telemetry/line_buffer.hpp"

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
  LineBuffer out;
  out.begin(8192);
  put(out);
  return std::string(out.line());
}

std::string milliseconds(std::int64_t us) {
  return line([&](LineBuffer& out) { out.milliseconds(microseconds(us)); });
}

std::string time_text(std::int64_t ms) {
  return line([&](LineBuffer& out) { out.time(system_clock::time_point(std::chrono::milliseconds(ms))); });
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
  LineBuffer out;
  for (const std::int64_t ms : {999, 1000, 1999, 2000, 999}) {
    out.begin(64);
    out.time(system_clock::time_point(std::chrono::milliseconds(ms)));
    CHECK(std::string(out.line()) == time_text(ms));
  }
}

TEST_CASE("A quoted text is that of json_quoted, for every byte at every place") {
  for (const std::size_t size : {1U, 3U, 7U, 8U, 9U, 16U, 20U}) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text(size, '~');
        text[at] = static_cast<char>(c);
        const std::string quoted = line([&](LineBuffer& out) { out.quoted(text); });
        const std::string escaped = line([&](LineBuffer& out) { out.escaped(text); });
        if (quoted != aluvia::json_quoted(text) || escaped != aluvia::visible(text)) {
          FAIL("byte " << c << " at " << at << " of " << size);
        }
      }
    }
  }
}

TEST_CASE("A long text is cut, and its escapes fit into the space that is foreseen") {
  const std::string text(5000, '\x01');
  LineBuffer out;
  out.begin(LineBuffer::most_of(text));
  out.quoted(text);
  CHECK(out.line().size() == LineBuffer::most_of(text));
  CHECK(out.line().ends_with("\\u0001\""));
}

TEST_CASE("A hexadecimal number has six digits") {
  CHECK(line([](LineBuffer& out) { out.hexadecimal(0x7f3a9c); }) == "7f3a9c");
  CHECK(line([](LineBuffer& out) { out.hexadecimal(0xab); }) == "0000ab");
}
