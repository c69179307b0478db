#include "proxy/router.hpp"

#include <catch2/catch.hpp>

namespace aluvia::proxy {
namespace {

config::Snapshot configuration(std::vector<std::string> rules, std::uint64_t version = 1) {
  config::UserResponse user;
  user.proxy_username = Secret("user");
  user.proxy_password = Secret("secret");
  user.rules = std::move(rules);
  std::vector<std::string> warnings;
  return config::make_snapshot(user, {}, {}, "", version, warnings);
}

http::Authority authority(std::string_view text) {
  return http::parse_authority(text, 80).value();
}

TEST_CASE("Without a configuration everything goes direct, and the decision says why") {
  const config::LiveConfig live;
  const Decision decision = Router(live).decide(authority("example.com"));
  CHECK(decision.route == rules::Route::direct);
  CHECK(decision.why == "no configuration yet");
  CHECK(decision.version() == 0);
}

TEST_CASE("The rule that decided is named") {
  config::LiveConfig live;
  live.publish(configuration({"*.example.com", "-*.static.example.com"}, 7));
  const Router router(live);

  const Decision gateway = router.decide(authority("www.example.com"));
  CHECK(gateway.route == rules::Route::gateway);
  CHECK(gateway.why == "*.example.com");
  CHECK(gateway.version() == 7);

  const Decision excluded = router.decide(authority("a.static.example.com"));
  CHECK(excluded.route == rules::Route::direct);
  CHECK(excluded.why == "-*.static.example.com");

  const Decision other = router.decide(authority("example.org"));
  CHECK(other.route == rules::Route::direct);
  CHECK(other.why == "no rule matches");
}

TEST_CASE("Loopback is direct in every spelling, even where a rule says everything") {
  config::LiveConfig live;
  live.publish(configuration({"*", "localhost", "127.0.0.1"}));
  const Router router(live);
  for (const char* const host : {"127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001",
                                 "127.255.255.254", "localhost", "LocalHost.", "a.localhost", "[::1]",
                                 "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "0.0.0.0", "0", "[::]"}) {
    INFO(host);
    const Decision decision = router.decide(authority(host));
    CHECK(decision.route == rules::Route::direct);
    CHECK(decision.why == "loopback is always direct");
  }
  CHECK(router.decide(authority("128.0.0.1")).route == rules::Route::gateway);
  CHECK(router.decide(authority("localhost.example.com")).route == rules::Route::gateway);
}

TEST_CASE("Hosts are matched however they are spelled") {
  config::LiveConfig live;
  live.publish(configuration({"example.com", "192.0.2.1"}));
  const Router router(live);
  for (const char* const host : {"EXAMPLE.com", "example.com.", "192.0.2.1", "0xC0.0.2.1", "3221225985"}) {
    INFO(host);
    CHECK(router.decide(authority(host)).route == rules::Route::gateway);
  }
}

TEST_CASE("A decision outlives the configuration that it rests on") {
  config::LiveConfig live;
  live.publish(configuration({"a-rule-long-enough-to-be-on-the-heap.example.com"}, 1));
  const Decision decision =
      Router(live).decide(authority("a-rule-long-enough-to-be-on-the-heap.example.com"));
  live.publish(configuration({}, 2));
  CHECK(decision.why == "a-rule-long-enough-to-be-on-the-heap.example.com");
  CHECK(decision.version() == 1);
}

}  // namespace
}  // namespace aluvia::proxy
