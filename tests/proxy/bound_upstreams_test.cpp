#include "proxy/upstream/bound_upstreams.hpp"

#include "loop/loop_fixture.hpp"
#include "net/tcp_pair.hpp"

#include <catch2/catch.hpp>

namespace aluvia::proxy {
namespace {

http::Authority named(std::string_view text) {
  return http::parse_authority(text, 80).value();
}

struct Fixture {
  test::LoopFixture fixture;
  Limits limits{};
  config::LiveConfig live;
  Router router{live};
  BoundUpstreams all{router, limits};
  std::vector<net::Stream> peers;

  Decision direct(std::string_view authority) const { return router.decide(named(authority)); }

  // Its number among the peers.
  std::size_t put(BoundUpstreams::Share& share, const std::string& authority) {
    test::TcpPair pair = test::make_pair(fixture);
    peers.push_back(std::move(pair.peer));
    share.put(direct(authority), named(authority), std::move(pair.ours));
    return peers.size() - 1;
  }

  bool is_closed(std::size_t peer) { return !peers[peer].is_quiet(); }
};

TEST_CASE("A bound connection is found by its own client and its authority, and by nothing less") {
  Fixture fixture;
  BoundUpstreams::Share own(fixture.all);
  BoundUpstreams::Share other(fixture.all);
  fixture.put(own, "a.test");
  CHECK_FALSE(other.take(fixture.direct("a.test"), named("a.test")));
  CHECK_FALSE(own.take(fixture.direct("a.test:81"), named("a.test:81")));
  CHECK_FALSE(own.take(fixture.direct("b.test"), named("b.test")));
  CHECK(own.take(fixture.direct("A.test"), named("A.test:80")));
  CHECK_FALSE(own.take(fixture.direct("a.test"), named("a.test")));  // once only
}

TEST_CASE("A bound connection by another route than the request's is closed, not used") {
  Fixture fixture;
  BoundUpstreams::Share own(fixture.all);
  const std::size_t peer = fixture.put(own, "a.test");
  auto config = std::make_shared<config::UserNetworkConfig>();
  CHECK_FALSE(own.take({config, rules::Route::gateway, "a test"}, named("a.test")));
  CHECK(fixture.is_closed(peer));
}

TEST_CASE("A bound connection that came back by another route than requests take now is closed") {
  Fixture fixture;
  BoundUpstreams::Share own(fixture.all);
  test::TcpPair pair = test::make_pair(fixture.fixture);
  auto config = std::make_shared<config::UserNetworkConfig>();
  own.put({config, rules::Route::gateway, "a test"}, named("a.test"), std::move(pair.ours));
  CHECK_FALSE(pair.peer.is_quiet());
}

TEST_CASE("A bound connection that ended or holds unexpected bytes is not used") {
  Fixture fixture;
  BoundUpstreams::Share own(fixture.all);
  const std::size_t peer = fixture.put(own, "a.test");
  SECTION("ended") {
    fixture.peers[peer].shutdown_send();
  }
  SECTION("spoke") {
    (void)fixture.peers[peer].try_write(std::string_view("x"), {});
  }
  CHECK_FALSE(own.take(fixture.direct("a.test"), named("a.test")));
}

TEST_CASE("A client's bound connections end with it, and others' stay") {
  Fixture fixture;
  BoundUpstreams::Share stays(fixture.all);
  const std::size_t others = fixture.put(stays, "a.test");
  std::size_t first = 0;
  {
    BoundUpstreams::Share ends(fixture.all);
    first = fixture.put(ends, "a.test");
    CHECK_FALSE(fixture.is_closed(first));
  }
  CHECK(fixture.is_closed(first));
  CHECK_FALSE(fixture.is_closed(others));
}

TEST_CASE("A client has four bound connections at most: the longest idle one makes one") {
  Fixture fixture;
  BoundUpstreams::Share own(fixture.all);
  for (const char* const name : {"a.test", "b.test", "c.test", "d.test"}) fixture.put(own, name);
  auto again = own.take(fixture.direct("a.test"), named("a.test"));
  REQUIRE(again);
  own.put(fixture.direct("a.test"), named("a.test"), std::move(*again));
  fixture.put(own, "e.test");
  CHECK_FALSE(fixture.is_closed(0));
  CHECK(fixture.is_closed(1));  // b.test
  CHECK_FALSE(fixture.is_closed(2));
}

TEST_CASE("All clients together have as many bound connections as clients may connect") {
  Fixture fixture;
  fixture.limits.connections = 2;
  BoundUpstreams::Share one(fixture.all);
  BoundUpstreams::Share two(fixture.all);
  fixture.put(one, "a.test");
  fixture.put(two, "a.test");
  fixture.put(two, "b.test");
  CHECK(fixture.is_closed(0));
  CHECK_FALSE(fixture.is_closed(1));
  CHECK_FALSE(one.take(fixture.direct("a.test"), named("a.test")));
}

TEST_CASE("All bound connections can be closed to free descriptors, and their clients do not find them") {
  Fixture fixture;
  BoundUpstreams::Share one(fixture.all);
  BoundUpstreams::Share two(fixture.all);
  fixture.put(one, "a.test");
  fixture.put(one, "b.test");
  fixture.put(two, "a.test");
  fixture.all.clear();
  for (std::size_t peer = 0; peer < fixture.peers.size(); ++peer) CHECK(fixture.is_closed(peer));
  CHECK_FALSE(one.take(fixture.direct("a.test"), named("a.test")));
  const std::size_t again = fixture.put(one, "a.test");
  CHECK_FALSE(fixture.is_closed(again));
}

}  // namespace
}  // namespace aluvia::proxy
