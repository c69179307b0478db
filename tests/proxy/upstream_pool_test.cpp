#include "proxy/upstream/upstream_pool.hpp"

#include "loop/coarse_clock.hpp"
#include "loop/loop_fixture.hpp"
#include "net/tcp_pair.hpp"

#include <catch2/catch.hpp>

namespace aluvia::proxy {
namespace {

Decision decision(rules::Route route, std::uint64_t version = 1, const char* session = "one") {
  auto config = std::make_shared<config::UserNetworkConfig>();
  config->version = version;
  config->session_id = session;
  return {std::move(config), route, "a test"};
}

const Decision direct = decision(rules::Route::direct);
const http::Authority site = http::parse_authority("example.com:80", 80).value();

struct Fixture {
  test::LoopFixture fixture;
  Limits limits{};
  UpstreamPool pool{fixture.loop, limits};
  std::vector<net::Stream> peers;

  // Puts a connection on the shelf and keeps its other end.
  int put(const Decision& how, const http::Authority& where) {
    test::TcpPair pair = test::make_pair(fixture);
    const int descriptor = pair.ours.native_handle();
    peers.push_back(std::move(pair.peer));
    pool.put(how, where, std::move(pair.ours));
    return descriptor;
  }
};

TEST_CASE("A kept connection is found by route, host and port, and by nothing less") {
  Fixture fixture;
  fixture.put(direct, site);
  const auto other = [](std::string_view text) { return http::parse_authority(text, 80).value(); };
  CHECK_FALSE(fixture.pool.take(direct, other("example.com:81"), true));
  CHECK_FALSE(fixture.pool.take(direct, other("example.com:20480"), true));  // 80 with its bytes swapped
  CHECK_FALSE(fixture.pool.take(direct, other("www.example.com:80"), true));
  CHECK_FALSE(fixture.pool.take(decision(rules::Route::gateway), site, true));
  CHECK(fixture.pool.take(decision(rules::Route::direct, 2), other("EXAMPLE.com."), true));
  CHECK_FALSE(fixture.pool.take(direct, site, true));  // once only
}

TEST_CASE("A gateway connection serves the session that it was opened for, and no other") {
  Fixture fixture;
  fixture.put(decision(rules::Route::gateway, 1), site);
  CHECK_FALSE(fixture.pool.take(decision(rules::Route::gateway, 2, "two"), site, true));
  CHECK_FALSE(fixture.pool.take(decision(rules::Route::direct, 1), site, true));
  CHECK(fixture.pool.take(decision(rules::Route::gateway, 3), site, true));
}

TEST_CASE("What comes back late, for a session of before, is not kept beside that of now") {
  Fixture fixture;
  fixture.put(decision(rules::Route::gateway, 2, "two"), site);
  fixture.put(decision(rules::Route::gateway, 1, "one"), site);
  CHECK(fixture.pool.take(decision(rules::Route::gateway, 2, "two"), site, true));
  CHECK_FALSE(fixture.pool.take(decision(rules::Route::gateway, 2, "two"), site, true));
  fixture.put(decision(rules::Route::gateway, 2, "two"), site);
  fixture.put(decision(rules::Route::gateway, 3, "three"), site);
  CHECK(fixture.pool.take(decision(rules::Route::gateway, 3, "three"), site, true));
  CHECK_FALSE(fixture.pool.take(decision(rules::Route::gateway, 3, "three"), site, true));
}

TEST_CASE("The freshest connection is taken first") {
  Fixture fixture;
  fixture.put(direct, site);
  const int second = fixture.put(direct, site);
  CHECK(fixture.pool.take(direct, site, true)->native_handle() == second);
}

TEST_CASE("A connection that ended, was reset or holds bytes that no request asked for is dropped") {
  Fixture fixture;
  const int good = fixture.put(direct, site);  // below the others
  fixture.put(direct, site);
  fixture.peers.back().shutdown_send();
  fixture.put(direct, site);
  const std::string_view junk = "HTTP/1.1 408 Request Timeout\r\n\r\n";
  REQUIRE(fixture.peers.back().try_write(std::span(junk)).bytes == junk.size());
  fixture.put(direct, site);
  fixture.peers.back().reset_on_close();
  fixture.peers.pop_back();
  auto taken = fixture.pool.take(direct, site, true);
  REQUIRE(taken);
  CHECK(taken->native_handle() == good);
  CHECK_FALSE(fixture.pool.take(direct, site, true));
}

TEST_CASE("What cannot be repeated meets only connections that were used a moment ago") {
  Fixture fixture;
  fixture.limits.fresh_enough = std::chrono::milliseconds(0);
  fixture.put(direct, site);
  const loop::TimePoint put = loop::coarse_now();
  while (loop::coarse_now() == put) {
  }
  CHECK_FALSE(fixture.pool.take(direct, site, false));
  CHECK(fixture.pool.take(direct, site, true));
}

TEST_CASE("Not more is kept than the limits say") {
  Fixture fixture;
  fixture.limits.upstream_idle_per_key = 2;
  fixture.limits.upstream_idle_total = 3;
  const http::Authority other = http::parse_authority("example.org:80", 80).value();
  for (int i = 0; i < 4; ++i) fixture.put(direct, site);
  for (int i = 0; i < 4; ++i) fixture.put(direct, other);
  const auto count = [&fixture](const http::Authority& where) {
    int taken = 0;
    while (fixture.pool.take(direct, where, true)) ++taken;
    return taken;
  };
  CHECK(count(site) == 2);
  CHECK(count(other) == 1);
  fixture.put(direct, other);
  CHECK(count(other) == 1);
}

TEST_CASE("An unused connection is closed when its time is over, also after the pool was cleared") {
  Fixture fixture;
  fixture.limits.upstream_idle = std::chrono::milliseconds(20);
  fixture.put(direct, site);
  CHECK(fixture.fixture.run(test::read_to_end(fixture.peers.back())).bytes.empty());
  fixture.put(direct, site);
  fixture.pool.clear();
  fixture.put(direct, site);
  CHECK(fixture.fixture.run(test::read_to_end(fixture.peers.back())).bytes.empty());
}

TEST_CASE("Clearing closes what is kept, and the pool goes on") {
  Fixture fixture;
  fixture.put(direct, site);
  fixture.pool.clear();
  CHECK_FALSE(fixture.pool.take(direct, site, true));
  CHECK(fixture.fixture.run(test::read_to_end(fixture.peers.front())).bytes.empty());
  fixture.put(direct, site);
  CHECK(fixture.pool.take(direct, site, true));
}

}  // namespace
}  // namespace aluvia::proxy
