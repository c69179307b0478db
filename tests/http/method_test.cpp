// Tests of method properties.
#include "http/method.hpp"

#include <catch2/catch.hpp>

using aluvia::http::is_idempotent;

TEST_CASE("A method that is safe, or only sets or deletes, may be done twice") {
  for (const char* const method : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
    CHECK(is_idempotent(method));
}

TEST_CASE("A method that adds, opens or is not known may not be done twice") {
  for (const char* const method : {"POST", "PATCH", "CONNECT", "get", "GETS", "PROPFIND", ""})
    CHECK_FALSE(is_idempotent(method));
}
