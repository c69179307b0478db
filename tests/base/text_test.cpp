// Tests of base64 and ASCII helpers.
#include "base/ascii.hpp"
#include "base/base64.hpp"

#include <catch2/catch.hpp>

using namespace aluvia;

TEST_CASE("Base64 pads to groups of four (RFC 4648 section 10)") {
  CHECK(base64_encode("") == "");
  CHECK(base64_encode("f") == "Zg==");
  CHECK(base64_encode("fo") == "Zm8=");
  CHECK(base64_encode("foo") == "Zm9v");
  CHECK(base64_encode("foob") == "Zm9vYg==");
  CHECK(base64_encode("\xff\xfe\xfd") == "//79");
}

TEST_CASE("Folding touches ASCII letters only") {
  CHECK(ascii::to_lower("ExAmPlE.\xC4") == "example.\xC4");
  CHECK(ascii::equals_ignoring_case("Content-LENGTH", "content-length"));
  CHECK_FALSE(ascii::equals_ignoring_case("a", "ab"));
  CHECK(ascii::trim(" \t a b \r\n") == "a b");
  CHECK(ascii::hex_value('F') == 15);
  CHECK(ascii::hex_value('g') == -1);
}
