// Tests lines that are broken and cut for the width of a terminal.
#include "wrapped_text.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::app;

namespace {

// Returns the columns of the longest line.
std::size_t widest(const std::string& text) {
  std::size_t out = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out = std::max(out, width_of(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
  }
  return out;
}

}  // namespace

TEST_CASE("Text is broken between words, and a longer word stays whole") {
  CHECK(wrapped("one two three", 0, 2, 8) == "one two\n  three");
  CHECK(wrapped("one two", 4, 2, 8) == "one\n  two");
  CHECK(wrapped("é é é é", 0, 0, 7) == "é é é é");
  CHECK(wrapped("a /a/very/long/path b", 0, 1, 8) == "a\n /a/very/long/path\n b");
  CHECK(wrapped("", 0, 0, 8).empty());
}

TEST_CASE("A command of this program stays on one line with its options") {
  CHECK(wrapped("start one with aluvia-connect run", 0, 0, 30) == "start one with\naluvia-connect run");
  CHECK(wrapped("it: aluvia-connect stop --port 54321 ends it", 0, 0, 35) ==
        "it:\naluvia-connect stop --port 54321\nends it");
  CHECK(wrapped("see aluvia-connect run --help; or read on", 0, 0, 34) ==
        "see aluvia-connect run --help; or\nread on");
  CHECK(wrapped("it: aluvia-connect rules add a.test does", 0, 0, 36) ==
        "it: aluvia-connect rules add a.test\ndoes");
  CHECK(wrapped("say aluvia-connect rules add a.test", 0, 0, 34) == "say\naluvia-connect rules add a.test");
  CHECK(wrapped("the option --port takes a number", 0, 0, 17) == "the option --port\ntakes a number");
}

TEST_CASE("A broken command is continued by backslashes, which fit as well") {
  const std::vector<std::string> words{"curl -x 127.0.0.1:1", "--cacert '/a b/c'", "https://example.com"};
  CHECK(wrapped_command(words, 2, {}) == "curl -x 127.0.0.1:1 --cacert '/a b/c' https://example.com");
  CHECK(wrapped_command(words, 2, 41) == "curl -x 127.0.0.1:1 --cacert '/a b/c' \\\n    https://example.com");
  CHECK(wrapped_command(words, 2, 40) ==
        "curl -x 127.0.0.1:1 \\\n    --cacert '/a b/c' \\\n    https://example.com");
  CHECK(widest(wrapped_command(words, 0, 30)) <= 30);
}

TEST_CASE("A row goes on below its last column, and a sentence a little to the right") {
  CHECK(fitted("short\n\nready  yes\n", 40) == "short\n\nready  yes\n");
  const std::string long_value = "value value value value value value";
  CHECK(fitted("name    " + long_value + "\n", 40) ==
        "name    value value value value value\n        value\n");
  CHECK(fitted("  one two three four five six seven eight nine", 40) ==
        "  one two three four five six seven\n    eight nine");
  // A narrow last column goes below.
  CHECK(fitted("first column is rather long  last column", 40) == "first column is rather long  last column");
  CHECK(fitted("first column is rather long  the last column", 40) ==
        "first column is rather long\n  the last column");
}

TEST_CASE("A cut text has the width, and shows where something is missing") {
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdef", 4) == "abc…");
  CHECK(cut("ééé", 2) == "é…");
  CHECK(cut_before("abcdef", 6) == "abcdef");
  CHECK(cut_before("abcdef", 4) == "…def");
  CHECK(cut_before("ééé", 2) == "…é");
  CHECK(cut_before("abc", 0) == "…");
}

TEST_CASE("No terminal has no width") {
  CHECK_FALSE(terminal_width(-1));
  CHECK_FALSE(text_width(-1));
}
