// Tests of the emulated account and of FaultSwitch, without a socket.
#include "sandbox/user_state.hpp"

#include "sandbox/fault.hpp"
#include "sandbox/json.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::sandbox;

TEST_CASE("A PATCH with one invalid member changes nothing") {
  UserState user({"*.example.com"});
  const std::string body = user.body();
  const std::string etag = user.etag();
  const auto result = user.patch(R"({"target_geo":"us","session_id":"not valid"})");
  REQUIRE_FALSE(result);
  CHECK(result.error().field == "session_id");
  CHECK(user.body() == body);
  CHECK(user.etag() == etag);
}

TEST_CASE("A session id has 1 to 255 letters and digits, or is null") {
  UserState user({});
  const auto takes = [&](const std::string& id) {
    return static_cast<bool>(user.patch(R"({"session_id":)" + id + "}"));
  };
  CHECK(takes("null"));
  CHECK(takes("\"a\""));
  CHECK(takes('"' + std::string(255, 'Z') + '"'));
  CHECK_FALSE(takes("\"\""));
  CHECK_FALSE(takes('"' + std::string(256, 'Z') + '"'));
  CHECK_FALSE(takes("\"a-b\""));
  CHECK_FALSE(takes("7"));
}

TEST_CASE("Every change has a new ETag, and so has another account with the same members") {
  UserState user({});
  const std::string first = user.etag();
  REQUIRE(user.patch("{}"));
  CHECK(user.etag() != first);
  CHECK(UserState({}).etag() != first);
}

TEST_CASE("The gateway's credentials follow the account, and end when the user name is no string") {
  UserState user({});
  REQUIRE(user.put(R"({"proxy_username":"user","proxy_password":"secret"})"));
  CHECK(user.authorization() == "Basic dXNlcjpzZWNyZXQ=");
  REQUIRE(user.put(R"({"proxy_username":7})"));
  CHECK(user.authorization().empty());
}

TEST_CASE("The body has the configured wrapping") {
  UserState user({});
  REQUIRE(user.put(R"({"wrapping":"bare"})"));
  const std::string bare = user.body();
  CHECK(bare.starts_with(R"({"proxy_username":)"));
  REQUIRE(user.put(R"({"wrapping":"data"})"));
  CHECK(user.body() == R"({"data":)" + bare + "}");
  REQUIRE(user.put(R"({"wrapping":"success"})"));
  CHECK(user.body() == R"({"success":true,"data":)" + bare + "}");
  CHECK_FALSE(user.put(R"({"wrapping":"paper"})"));
}

TEST_CASE("A fault is for its number of responses, and without a number for all") {
  FaultSwitch faults;
  CHECK_FALSE(faults.take());
  faults.set(Fault{.times = 2});
  CHECK(faults.take());
  CHECK(faults.take());
  CHECK_FALSE(faults.take());
  faults.set(Fault{.times = 0});
  CHECK_FALSE(faults.take());
  faults.set(Fault{});
  for (int i = 0; i < 5; ++i) CHECK(faults.take());
  faults.set(std::nullopt);
  CHECK_FALSE(faults.take());
}

TEST_CASE("Any bytes are written as valid JSON") {
  CHECK(json_quote("a\"\\\n") == R"("a\"\\\u000a")");
  CHECK(json_quote("\xC3\xA9") == "\"\xC3\xA9\"");
  CHECK(json_quote("\xE9") == "\"\xC3\xA9\"");  // not UTF-8, so Latin-1
  CHECK(JsonObject().text("a", "b").number("c", 3).raw("d", "[]").done() == R"({"a":"b","c":3,"d":[]})");
}
