// Tests of the snapshot: warnings, credentials and rules.
#include "config/user_network_config.hpp"

#include "config/live_config.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using aluvia::Secret;
using aluvia::rules::Route;
using namespace aluvia::config;

namespace {

using Texts = std::vector<std::string>;

UserResponse user(Texts rules = {}) {
  UserResponse out;
  out.proxy_username = Secret("Aladdin");
  out.proxy_password = Secret("open sesame");
  out.rules = std::move(rules);
  return out;
}

Snapshot snapshot_of(const UserResponse& response, const Texts& local_rules = {}) {
  Texts warnings;
  Snapshot snapshot = make_snapshot(response, {}, local_rules, "", 1, warnings);
  CHECK(warnings == Texts{});
  return snapshot;
}

Texts warnings_of(const UserResponse& response, const Texts& local_rules = {}) {
  Texts warnings;
  return make_snapshot(response, {}, local_rules, "", 1, warnings)->warnings;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("AUTO is a warning only without a list from the API, at every position") {
  for (const char* word : {"AUTO", "-auto", " Auto "}) {
    UserResponse account = user({word, "b.example"});
    REQUIRE(warnings_of(account).size() == 1);
    CHECK(contains(warnings_of(account)[0], "AUTO"));
    CHECK(contains(warnings_of(account)[0], "no list"));
    REQUIRE(warnings_of(user(), {word}).size() == 1);
    account.auto_hostnames = {"a.example"};
    CHECK(warnings_of(account).empty());
  }
  CHECK(warnings_of(user({"automatic.example"})).empty());
}

TEST_CASE("A snapshot keeps all warnings: skipped entries, missing rules, invalid rules") {
  UserResponse response = user();
  response.has_rules = false;
  response.warnings = {"session_id is ignored"};
  const Texts warnings = warnings_of(response, {"c.example/x"});
  REQUIRE(warnings.size() == 3);
  CHECK(warnings[0] == "session_id is ignored");
  CHECK(contains(warnings[1], "has no rules"));
  CHECK(contains(warnings[2], "c.example/x"));
}

TEST_CASE("A snapshot has the credentials, rules and session of one response") {
  UserResponse response = user({"AUTO", "*.example.com"});
  response.auto_hostnames = {"shop.example"};
  response.session_id = "s1";
  response.target_geo = "us-ny";
  const GatewayEndpoint gateway{GatewayProtocol::https, "gateway.test", 8443};
  Texts warnings;
  const Snapshot snapshot = make_snapshot(response, gateway, {}, "\"etag-1\"", 7, warnings);

  CHECK(snapshot->version == 7);
  CHECK(snapshot->gateway.protocol == GatewayProtocol::https);
  CHECK(snapshot->gateway.host == "gateway.test");
  CHECK(snapshot->gateway.port == 8443);
  CHECK(snapshot->rule_texts == Texts{"AUTO", "*.example.com"});
  CHECK(snapshot->session_id == "s1");
  CHECK(snapshot->target_geo == "us-ny");
  CHECK(snapshot->etag == "\"etag-1\"");
  CHECK(snapshot->rules.match("shop.example").rule == "AUTO");
  CHECK(snapshot->rules.match("a.example.com").route == Route::gateway);
  CHECK(snapshot->rules.match("example.com").route == Route::direct);
  CHECK(warnings.empty());
}

TEST_CASE("The gateway's authorization is the Basic form of RFC 7617") {
  CHECK(snapshot_of(user())->gateway_authorization.reveal() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");

  UserResponse with_colons = user();
  with_colons.proxy_username = Secret("u");
  with_colons.proxy_password = Secret("p:q");
  CHECK(snapshot_of(with_colons)->gateway_authorization.reveal() == "Basic dTpwOnE=");
}

TEST_CASE("Local rules are added to the account's, and exclusions of either win") {
  const Snapshot snapshot = snapshot_of(user({"a.example", "b.example", "-c.example"}),
                                        {"-a.example", "local.example", "c.example"});
  CHECK(snapshot->rules.match("a.example").rule == "-a.example");
  CHECK(snapshot->rules.match("b.example").route == Route::gateway);
  CHECK(snapshot->rules.match("c.example").rule == "-c.example");
  CHECK(snapshot->rules.match("local.example").route == Route::gateway);
  CHECK(snapshot->rule_texts == Texts{"a.example", "b.example", "-c.example"});
}

TEST_CASE("Invalid rules are appended to the warnings, and the others work") {
  Texts warnings = {"earlier"};
  const Snapshot snapshot =
      make_snapshot(user({"https://a.example/", "b.example"}), {}, {"c.example/x"}, "", 1, warnings);
  REQUIRE(warnings.size() == 3);
  CHECK(warnings[1].find("\"a.example\"") != std::string::npos);
  CHECK(warnings[2].find("\"c.example\"") != std::string::npos);
  CHECK(snapshot->rules.match("b.example").route == Route::gateway);
  CHECK(snapshot->rules.match("a.example").route == Route::direct);
}

TEST_CASE("Publishing replaces the whole snapshot, and a holder of the old one keeps it") {
  LiveConfig live;
  CHECK(live.current() == nullptr);
  live.publish(snapshot_of(user({"a.example"})));
  const Snapshot held = live.current();
  live.publish(snapshot_of(user({"b.example"})));
  CHECK(held->rules.match("a.example").route == Route::gateway);
  CHECK(live.current()->rules.match("a.example").route == Route::direct);
}
