// Tests of the reason phrases: the look-up finds every row and no other status.
#include "http/status.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::http;

TEST_CASE("Every registered status has its phrase, and every other an empty one") {
  int found = 0;
  for (int status = -1; status < 1000; ++status) {
    if (!reason_phrase(status).empty()) ++found;
  }
  CHECK(found == static_cast<int>(status_table.size()));
  for (const StatusRow& row : status_table) CHECK(reason_phrase(row.status) == row.reason);
}

TEST_CASE("The look-up of a phrase works at compile time") {
  STATIC_REQUIRE(reason_phrase(502) == "Bad Gateway");
  STATIC_REQUIRE(reason_phrase(100) == "Continue");
  STATIC_REQUIRE(reason_phrase(511) == "Network Authentication Required");
  STATIC_REQUIRE(reason_phrase(299).empty());
}
