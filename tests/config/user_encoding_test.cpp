// Tests that an encoded user decodes to the same user.
#include "config/user_encoding.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::config;
using aluvia::Secret;

namespace {

UserResponse user_with(std::vector<std::string> rules) {
  UserResponse user;
  user.proxy_username = Secret("user");
  user.proxy_password = Secret("p\"a\\ss\xC3\xA9");
  user.rules = std::move(rules);
  return user;
}

void check_same(const UserResponse& a, const UserResponse& b) {
  CHECK(a.proxy_username == b.proxy_username);
  CHECK(a.proxy_password == b.proxy_password);
  CHECK(a.rules == b.rules);
  CHECK(a.auto_hostnames == b.auto_hostnames);
  CHECK(a.session_id == b.session_id);
  CHECK(a.target_geo == b.target_geo);
  CHECK(a.connection_id == b.connection_id);
}

UserResponse read_again(const UserResponse& user) {
  auto again = decode_user_response(encode_user(user));
  REQUIRE(again);
  return *std::move(again);
}

}  // namespace

TEST_CASE("An encoded user decodes to the same user") {
  UserResponse user = user_with({"*.example.com", "-\x01", ""});
  check_same(read_again(user), user);
  user.auto_hostnames = {"a.example", "b.example"};
  user.session_id = "s1";
  user.target_geo = "us-ny";
  user.connection_id = "17";
  check_same(read_again(user), user);
}

TEST_CASE("Warnings are not encoded, and absent members stay absent") {
  UserResponse user = user_with({});
  user.warnings = {"rules[1] is not a string and is skipped"};
  const UserResponse again = read_again(user);
  CHECK(again.warnings.empty());
  CHECK_FALSE(again.session_id);
  CHECK_FALSE(again.target_geo);
  CHECK_FALSE(again.connection_id);
}

TEST_CASE("Missing rules are not encoded as an empty list") {
  UserResponse user = user_with({});
  CHECK(read_again(user).has_rules);
  user.has_rules = false;
  CHECK_FALSE(read_again(user).has_rules);
}

TEST_CASE("A list of any length is encoded whole") {
  const UserResponse user = user_with(std::vector<std::string>(5'000, "*.example.com"));
  CHECK(read_again(user).rules == user.rules);
}
