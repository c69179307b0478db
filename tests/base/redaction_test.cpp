// Tests of removing a secret from text of other programs.
#include "base/redaction.hpp"

#include <catch2/catch.hpp>

using namespace aluvia;

namespace {

std::string shown(std::string_view text) {
  return without_secret(text, Secret("tok-3f9c2b7e6a1d"));
}

}  // namespace

TEST_CASE("A secret is removed from foreign text, whole, in part and in another letter case") {
  CHECK(shown("no tok-3f9c2b7e6a1d here") == "no [removed] here");
  CHECK(shown("TOK-3F9C2B7E6A1D") == "[removed]");
  CHECK(shown("'tok-3f9...' is refused") == "'[removed]...' is refused");
  CHECK(shown("it ends in 2b7e6a1d") == "it ends in [removed]");
  CHECK(shown("tok-3f9c2b7e6a1dtok-3f9c2b7e6a1d") == "[removed][removed]");
  CHECK(shown("Bearer%20tok-3f9c2b7e6a1d") == "Bearer%20[removed]");
}

TEST_CASE("Text that shares only a few characters with a secret stays unchanged") {
  CHECK(shown("the token is refused: tok-3 of 9c2b7") == "the token is refused: tok-3 of 9c2b7");
  CHECK(shown("") == "");
  CHECK(without_secret("anything", Secret()) == "anything");
}

TEST_CASE("A short secret is removed only as a whole") {
  CHECK(without_secret("abc ab bc ABC", Secret("abc")) == "[removed] ab bc [removed]");
}
