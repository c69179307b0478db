// Tests the sums of open tunnels by host, route and rule.
#include "telemetry/tunnel_groups.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::telemetry;
using aluvia::rules::Route;
using std::chrono::milliseconds;

TEST_CASE("Tunnels to one host by one rule are one group: sums, the oldest age and the last byte") {
  TunnelGrouping groups;
  groups.add({"a.test", 443, Route::gateway, "*.test"}, {milliseconds(10), milliseconds(5), 1, 2});
  groups.add({"a.test", 443, Route::gateway, "*.test"}, {milliseconds(30), milliseconds(7), 10, 20});
  const TunnelGroups out = groups.largest(5);
  REQUIRE(out.groups.size() == 1);
  const TunnelGroup& one = out.groups.front();
  CHECK(one.host == "a.test");
  CHECK(one.port == 443);
  CHECK(one.route == Route::gateway);
  CHECK(one.rule == "*.test");
  CHECK(one.count == 2);
  CHECK(one.age == milliseconds(30));
  CHECK(one.idle == milliseconds(5));
  CHECK(one.bytes_up == 11);
  CHECK(one.bytes_down == 22);
  CHECK(out.open == 2);
  CHECK(out.hidden == 0);
}

TEST_CASE("Another port, route or rule is another group; the largest come first, the others are counted") {
  TunnelGrouping groups;
  const auto add = [&](TunnelGrouping::Key key, std::uint64_t bytes) {
    groups.add(key, {milliseconds(1), milliseconds(1), 0, bytes});
  };
  add({"a.test", 443, Route::gateway, "*.test"}, 5);
  add({"a.test", 444, Route::gateway, "*.test"}, 50);
  add({"a.test", 443, Route::direct, "*.test"}, 500);
  add({"a.test", 443, Route::gateway, "a.test"}, 5000);
  const TunnelGroups all = groups.largest(10);
  REQUIRE(all.groups.size() == 4);
  CHECK(all.groups.front().rule == "a.test");
  CHECK(all.groups.back().bytes_down == 5);
  const TunnelGroups two = groups.largest(2);
  CHECK(two.groups.size() == 2);
  CHECK(two.hidden == 2);
  CHECK(two.open == 4);
  CHECK(two.groups.back().route == Route::direct);
  CHECK(TunnelGrouping().largest(2).groups.empty());
}
