// Tests the answer of /live: its requests, its sums, and that many viewers cost one rendering.
#include "admin/live_feed.hpp"

#include "sample.hpp"

#include <optional>
#include <utility>

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::admin;
using namespace aluvia::admin::test;
using rules::Route;

namespace {

struct Fixture {
  loop::Loop loop;
  telemetry::RequestRing ring;
  ledger::Ledger ledger;
  int renderings = 0;
  StatusSnapshot what = status();
  LiveFeed feed{loop,
                {[this] {
                   ++renderings;
                   return what;
                 },
                 [](std::size_t most) {
                   telemetry::TunnelGrouping groups;
                   groups.add({"t.test", 443, Route::gateway, "*.test"},
                              {std::chrono::seconds(5), std::chrono::seconds(1), 10, 20});
                   return groups.largest(most);
                 }},
                ring,
                ledger};

  // Turns the loop until the answer is there.
  SecretString answer(std::uint64_t since, Audience audience) { return answer_of(feed, since, audience); }
  SecretString answer_of(LiveFeed& asked, std::uint64_t since, Audience audience) {
    std::optional<SecretString> out;
    asked.answer(since, audience, [&](SecretString text) { out = std::move(text); });
    while (!out) REQUIRE(loop.run_one());
    return std::move(*out);
  }
  void fail(std::string_view host, std::string_view error) {
    telemetry::RequestRecord record;
    record.outcome = telemetry::RequestRecord::Outcome::failed;
    record.error = error;
    ledger::Entry& entry = ledger.open({host, Route::direct, "no rule matches"}, 1'000'000);
    ledger.close(entry, record, 1'000'000);
  }
  void count(std::string_view host, Route route, std::string_view rule, std::uint64_t bytes) {
    const ledger::Seconds now = 1'000'000;
    ledger::Entry& entry = ledger.open({host, route, rule}, now);
    ledger.add(entry, 0, bytes, now);
    ledger.close(entry, {}, now);
  }
};

telemetry::RequestRecord failure(std::string_view host) {
  telemetry::RequestRecord out;
  out.outcome = telemetry::RequestRecord::Outcome::failed;
  out.host = host;
  out.route = Route::gateway;
  out.status = 502;
  out.reason = "refused <b>";
  return out;
}

}  // namespace

TEST_CASE("Live returns the requests after a number, and says how many it left out") {
  Fixture fixture;
  for (int i = 0; i < 400; ++i) fixture.ring.add(failure("a" + std::to_string(i) + ".test"));
  const auto all = fixture.answer(0, Audience::anyone);
  CHECK(has(all, "{\"seq\":400,\"unseen\":0,"));
  CHECK(has(all, "\"missed\":100,"));
  CHECK(has(all, "\"host\":\"a399.test\""));
  CHECK_FALSE(has(all, "\"host\":\"a99.test\""));
  CHECK(has(all, "\"outcome\":\"failed\""));
  CHECK(has(all, "\"status\":502"));
  CHECK(has(fixture.answer(400, Audience::anyone), "\"requests\":[],\"missed\":0,"));
  CHECK(has(fixture.answer(399, Audience::anyone), "\"missed\":0,"));
  CHECK(has(fixture.answer(1'000, Audience::anyone), "\"missed\":100,"));
}

TEST_CASE("Live renders the state once for all viewers, and the owner's own") {
  Fixture fixture;
  const auto one = fixture.answer(0, Audience::anyone);
  fixture.what.open_tunnels = 77;
  CHECK(fixture.answer(0, Audience::anyone) == one);
  CHECK(fixture.renderings == 1);
  CHECK_FALSE(has(one, "session42"));
  CHECK(has(fixture.answer(0, Audience::owner), "session42"));
  CHECK(fixture.renderings == 2);
  fixture.loop.run();  // until the state is stale
  CHECK(has(fixture.answer(0, Audience::anyone), "\"open_tunnels\":77"));
}

TEST_CASE("No turn of the loop both adds up the tunnels and counts them for the status") {
  Fixture fixture;
  int tunnels = 0;
  int states = 0;
  LiveFeed feed(fixture.loop,
                {[&] {
                   ++states;
                   return fixture.what;
                 },
                 [&](std::size_t) {
                   ++tunnels;
                   return telemetry::TunnelGroups();
                 }},
                fixture.ring, fixture.ledger);
  int answers = 0;
  for (int viewer = 0; viewer < 3; ++viewer)
    feed.answer(0, Audience::anyone, [&](const SecretString&) { ++answers; });
  CHECK(tunnels + states == 0);
  for (int before = 0; tunnels < 2 && fixture.loop.run_one(); before = tunnels + states)
    CHECK(tunnels + states - before <= 1);
  CHECK(answers == 3);
  CHECK(tunnels == 2);  // for the viewers that waited, and for the next answer
  CHECK(states == 1);
}

TEST_CASE("Live adds up hosts over routes and rules, the largest first, and rules with their hits") {
  Fixture fixture;
  fixture.what.snapshot = snapshot({"shop.example", "never.example"}, {"-img.example"});
  fixture.count("small.example", Route::direct, "no rule matches", 5);
  fixture.count("shop.example", Route::gateway, "shop.example", 100);
  fixture.count("shop.example", Route::direct, "no rule matches", 7);
  fixture.count("img.example", Route::direct, "-img.example", 50);
  const auto answer = fixture.answer(0, Audience::anyone);
  const auto shop = answer.find("{\"host\":\"shop.example\",\"requests\":2,");
  const auto small = answer.find("{\"host\":\"small.example\"");
  REQUIRE(shop != SecretString::npos);
  CHECK(shop < small);
  CHECK(has(answer, "\"gateway_bytes\":100,\"direct_bytes\":7"));
  CHECK(has(answer, R"({"rule":"-img.example","of":"local","route":"direct","hits":1,"bytes":50})"));
  CHECK(has(answer, R"({"rule":"shop.example","of":"account","route":"gateway","hits":1,"bytes":100})"));
  CHECK(has(answer, R"({"rule":"never.example","of":"account","hits":0,"bytes":0})"));
  CHECK(has(answer, R"({"rule":"no rule matches","of":"default","route":"direct","hits":2,"bytes":12})"));
  CHECK(has(answer, R"("minutes":{"gateway":[)"));
  CHECK(has(answer, R"({"host":"t.test","port":443,"route":"gateway","rule":"*.test","count":1,)"));
}

TEST_CASE("Live has the failures of a host by their types, over its rules, and the last one") {
  Fixture fixture;
  fixture.fail("a.test", "dns_error");
  fixture.fail("a.test", "connection_refused");
  fixture.fail("a.test", "dns_error");
  fixture.count("b.test", Route::direct, "no rule matches", 1);
  const auto answer = fixture.answer(0, Audience::anyone);
  CHECK(has(answer, R"("last_error":"dns_error","errors":{"dns_error":2,"connection_refused":1}})"));
  CHECK(has(answer, R"("direct_bytes":1,"last_seen":1000000})"));
}

TEST_CASE("Live has a price if the proxy was given one") {
  Fixture fixture;
  CHECK_FALSE(has(fixture.answer(0, Audience::anyone), "\"price\""));
  LiveFeed feed(fixture.loop,
                {[&] { return fixture.what; }, [](std::size_t) { return telemetry::TunnelGroups(); }, 2.5},
                fixture.ring, fixture.ledger);
  CHECK(has(fixture.answer_of(feed, 0, Audience::anyone), "\"price\":2.5000}"));
}
