// Tests of the look-ups in head.hpp; head_test.cpp tests the readers.
#include "http/head.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;
using namespace std::literals;

TEST_CASE("Fields are found by name in any letter case, the first one first") {
  const Fields fields{{"Host", "a"}, {"X", "1"}, {"host", "b"}, {"Hosts", "c"}};
  REQUIRE(find_field(fields, "HOST") != nullptr);
  CHECK(find_field(fields, "HOST")->value == "a");
  CHECK(find_field(fields, "Y") == nullptr);
  CHECK(count_fields(fields, "hOST") == 2);
  CHECK(count_fields(fields, "Y") == 0);
}

TEST_CASE("A list is searched in all fields of its name, by whole elements") {
  const Fields fields{{"Connection", "close ,\tTE"}, {"connection", ",, Upgrade,"}, {"Other", "keep-alive"}};
  CHECK(list_contains(fields, "Connection", "close"));
  CHECK(list_contains(fields, "Connection", "te"));
  CHECK(list_contains(fields, "Connection", "UPGRADE"));
  CHECK_FALSE(list_contains(fields, "Connection", "clos"));
  CHECK_FALSE(list_contains(fields, "Connection", "close ,\tTE"));
  CHECK_FALSE(list_contains(fields, "Connection", "keep-alive"));
  CHECK_FALSE(list_contains({{"Connection", ""}}, "Connection", "x"));
}

TEST_CASE("A token has at least one character and none outside the set of RFC 9110") {
  CHECK(is_token("GET"));
  CHECK(is_token("!#$%&'*+-.^_`|~"));
  CHECK_FALSE(is_token(""));
  const std::string_view others = "\"(),/:;<=>?@[\\]{} \t\x7F\x80\xFF\0"sv;
  for (const char c : others) CHECK_FALSE(is_token(std::string("a") + c));
}
