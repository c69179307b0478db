// Tests of escaping untrusted text for terminals and JSON.
#include "base/visible.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia;

TEST_CASE("Ordinary text of any language stays unchanged") {
  for (const char* const text : {"", "plain ASCII ~", "Zürich", "東京", "Ελλάδα", "👍🏽 ok", "a…b"}) {
    CHECK(visible(text) == text);
    CHECK(visible_lines(text) == text);
    CHECK(json_quoted(text) == '"' + std::string(text) + '"');
  }
}

TEST_CASE("Control characters are escaped, C1 in both of its forms included") {
  CHECK(visible("a\x1b[2Jb\r\n\t\x7f") == "a\\x1b[2Jb\\x0d\\x0a\\x09\\x7f");
  CHECK(visible(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(visible("\xc2\x9b"
                "31m\xc2\x80\xc2\x9f\xc2\x85") == "\\xc2\\x9b31m\\xc2\\x80\\xc2\\x9f\\xc2\\x85");
  CHECK(visible("\x9b"
                "31m") == "\\x9b31m");
  CHECK(visible("\xc2\xa0") == "\xc2\xa0");
  CHECK(visible_lines("a\nb\r\n\x1b\xc2\x9b") == "a\nb\\x0d\n\\x1b\\xc2\\x9b");
  CHECK(json_quoted("\x1b\n\x7f\xc2\x9b") == R"("\u001b\u000a\u007f\u009b")");
}

TEST_CASE("Characters that are invisible or change the direction of text are escaped") {
  CHECK(visible("a\u202Eb") == "a\\xe2\\x80\\xaeb");
  CHECK(visible("a\u2066b\u200Bc\u2028d\uFEFFe\u00ADf").find("\xe2") == std::string::npos);
  CHECK(json_quoted("\u202E\u2029") == R"("\u202e\u2029")");
  CHECK(json_quoted("\U000E0041") == R"("\udb40\udc41")");
}

TEST_CASE("Bytes that are not UTF-8 are escaped one by one") {
  for (const char* const text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2", "\xe2\x82", "\xf0\x9f\x91"}) {
    std::string expected;
    for (const char* c = text; *c != '\0'; ++c) {
      static constexpr char digits[] = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(*c);
      expected += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
    }
    CHECK(visible(text) == expected);
  }
  CHECK(visible("\xe2\x82"
                "a") == "\\xe2\\x82a");
  CHECK(json_quoted("a\xff"
                    "b") == R"("a\ufffdb")");
}

TEST_CASE("Quotes and backslashes are escaped in a JSON string only") {
  CHECK(json_quoted("a\"b\\c") == R"("a\"b\\c")");
  CHECK(visible("a\"b\\c") == "a\"b\\c");
}

TEST_CASE("JSON of another program keeps its form, and control characters in its strings are escaped") {
  CHECK(visible_json("{\"a\":\"b\\n\\\"\"}\n") == "{\"a\":\"b\\n\\\"\"}\n");
  CHECK(visible_json("{\"a\":\"\xc2\x9b\x7f\u202E\"}\n") == "{\"a\":\"\\u009b\\u007f\\u202e\"}\n");
}
