// A known secret matches itself and nothing near it.
#include "net/known_secret.hpp"

#include <string>

#include <catch2/catch.hpp>

using aluvia::net::KnownSecret;

TEST_CASE("A known secret matches itself and nothing else") {
  const KnownSecret known("dXNlcjpwYXNz");
  CHECK(known.matches("dXNlcjpwYXNz"));
  for (const std::string other : {"", "d", "dXNlcjpwYXN", "dXNlcjpwYXNzz", "dXNlcjpwYXNZ", "DXNlcjpwYXNz"}) {
    CAPTURE(other);
    CHECK_FALSE(known.matches(other));
  }
  CHECK_FALSE(known.matches(std::string("dXNlcjpwYXNz\0", 13)));
  CHECK_FALSE(known.matches(std::string(100'000, 'd')));
}
