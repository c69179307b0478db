// Tests the framing of messages by lines of bounded length.
#include "mcp/line_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

using aluvia::mcp::LineReader;

namespace {

using Lines = std::vector<std::string>;

// The lines of `text`, fed in pieces of `piece` bytes; "too long" stands for one that is.
Lines lines_of(std::string_view text, std::size_t piece = 1'000, std::size_t longest = 8) {
  Lines out;
  LineReader reader(
      longest, [&](std::string_view line) { out.emplace_back(line); }, [&] { out.emplace_back("too long"); });
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) reader.feed(text.substr(0, piece));
  reader.finish();
  return out;
}

}  // namespace

TEST_CASE("Lines end with LF or CR LF, the last one also with the end of the stream") {
  CHECK(lines_of("a\nbc\r\nd") == Lines{"a", "bc", "d"});
  CHECK(lines_of("a\n") == Lines{"a"});
  CHECK(lines_of("") == Lines{});
  CHECK(lines_of("a\rb\n") == Lines{"a\rb"});
}

TEST_CASE("Empty lines are no messages") {
  CHECK(lines_of("\n\r\n\na\n\n") == Lines{"a"});
}

TEST_CASE("A line over the limit is reported once and skipped, and the next one is read") {
  CHECK(lines_of("12345678\n") == Lines{"12345678"});
  CHECK(lines_of("123456789\nok\n") == Lines{"too long", "ok"});
  CHECK(lines_of(std::string(1'000, 'x') + "\nok") == Lines{"too long", "ok"});
  CHECK(lines_of(std::string(1'000, 'x')) == Lines{"too long"});
}

TEST_CASE("Pieces of any size give the same lines") {
  const std::string text = "one\r\n\n1234567890\ntwo\n12345678\r\nend";
  const Lines whole = lines_of(text);
  for (std::size_t piece = 1; piece < 12; ++piece) CHECK(lines_of(text, piece) == whole);
}
