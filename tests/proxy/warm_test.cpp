// Warm gateway connections: how many there are and when, that a tunnel takes one, and that one which has died
// costs a new connection and never an error.
#include "proxy_fixture.hpp"

#include <optional>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

const std::string connect = "CONNECT www.site.test:443 HTTP/1.1\r\nHost: www.site.test:443\r\n\r\n";

struct Fixture {
  FakeServer gateway;
  Proxy proxy;

  explicit Fixture(std::size_t most = 1, proxy::Limits limits = {})
      : proxy({.limits = limits,
               .rules = {"*.site.test"},
               .gateway_port = gateway.port(),
               .gateway_warm = most}) {}

  Peer asks() const {
    Peer client = proxy.client();
    client.sends(connect);
    return client;
  }

  static void answers(Peer& at_gateway, Peer& client) {
    CHECK(at_gateway.reads_head().starts_with("CONNECT www.site.test:443 "));
    at_gateway.sends("HTTP/1.1 200 OK\r\n\r\n");
    client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  }

  void waits_for_warm(std::size_t count) {
    wait_until([&] { return proxy.warm_connections() == count; });
  }
};

// A connection to the gateway that has carried a tunnel leaves a warm one behind, still unused.
struct Warmed : Fixture {
  Peer client;
  Peer used;
  Peer warm;

  explicit Warmed(proxy::Limits limits = {}) : Fixture(1, limits), client(asks()), used(-1), warm(-1) {
    Peer one = gateway.accepts();
    Peer other = gateway.accepts();
    waits_for_warm(1);
    // Both were begun in the same turn: the one that was asked is the tunnel's.
    wait_until([&] { return !one.has_nothing_to_read() || !other.has_nothing_to_read(); });
    const bool first_was_asked = !one.has_nothing_to_read();
    used = std::move(first_was_asked ? one : other);
    warm = std::move(first_was_asked ? other : one);
    answers(used, client);
    CHECK(warm.has_nothing_to_read());
  }
};

TEST_CASE("Without traffic through the gateway there is no connection to it") {
  SandboxFixture sandbox;
  FakeServer site;
  FakeServer gateway;
  Proxy proxy({.rules = {"*.site.test"},
               .gateway_port = gateway.port(),
               .dns_server = sandbox.dns(),
               .gateway_warm = 4});
  proxy.tunnel("elsewhere.test:" + std::to_string(site.port()));
  CHECK(proxy.warm_connections() == 0);
  CHECK(gateway.has_no_connection());
}

TEST_CASE("The next tunnel takes the connection that waits for it, and another one takes its place") {
  Warmed fixture;
  Peer second = fixture.asks();
  Fixture::answers(fixture.warm, second);
  Peer next = fixture.gateway.accepts();
  fixture.waits_for_warm(1);
  CHECK(next.has_nothing_to_read());
  second.sends("up");
  fixture.warm.receives("up");
}

TEST_CASE("As many wait as were asked for lately, and not more than allowed") {
  Fixture fixture(3);
  std::vector<Peer> clients;
  for (std::size_t i = 1; i <= 5; ++i) {
    clients.push_back(fixture.asks());
    fixture.waits_for_warm(std::min<std::size_t>(i, 3));
  }
}

TEST_CASE("A page that begins as an earlier one finds as many connections ready as the earlier one needed") {
  proxy::Limits limits;
  limits.gateway_warm_life = std::chrono::milliseconds(400);
  Fixture fixture(8, limits);
  std::vector<Peer> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(fixture.asks());
  fixture.waits_for_warm(4);
  fixture.waits_for_warm(0);  // a quiet time
  SECTION("with the same host") {
    clients.push_back(fixture.asks());
    fixture.waits_for_warm(3);
  }
  SECTION("with another host") {
    clients.push_back(fixture.proxy.client());
    clients.back().sends("CONNECT other.site.test:443 HTTP/1.1\r\nHost: other.site.test\r\n\r\n");
    fixture.waits_for_warm(1);
    CHECK(fixture.proxy.warm_connections() == 1);
  }
}

TEST_CASE("Zero turns it off") {
  Fixture fixture(0);
  Peer client = fixture.asks();
  Peer used = fixture.gateway.accepts();
  Fixture::answers(used, client);
  CHECK(fixture.gateway.has_no_connection());
}

TEST_CASE("A gateway that there is no way to is not asked for warm connections without end") {
  proxy::Limits limits;
  limits.gateway_tries = 1;
  // A broadcast address: connecting to it fails at once, as it does everywhere while there is no network.
  Proxy proxy({.limits = limits, .rules = {"*"}, .gateway_host = "255.255.255.255", .gateway_warm = 4});
  for (int i = 0; i < 3; ++i) {
    Peer client = proxy.client();
    client.sends(connect);
    CHECK(client.reads_message().head.find("error=destination_ip_unroutable") != std::string::npos);
  }
  CHECK(proxy.warm_connections() == 0);
}

TEST_CASE("A connection that no request takes is closed, and none takes its place") {
  proxy::Limits limits;
  limits.gateway_warm_life = std::chrono::milliseconds(50);
  Warmed fixture(limits);
  fixture.warm.sees_end();
  CHECK(fixture.proxy.warm_connections() == 0);
  CHECK(fixture.gateway.has_no_connection());
}

TEST_CASE("A gateway that closes what waits costs a new connection, not an error") {
  Warmed fixture;
  SECTION("orderly") {
    fixture.warm.closes();
  }
  SECTION("by a reset") {
    fixture.warm.resets();
  }
  Peer second = fixture.asks();
  Peer one = fixture.gateway.accepts();
  Peer other = fixture.gateway.accepts();
  wait_until([&] { return !one.has_nothing_to_read() || !other.has_nothing_to_read(); });
  Fixture::answers(one.has_nothing_to_read() ? other : one, second);
}

TEST_CASE("A gateway that speaks before it is asked is not asked on that connection") {
  Warmed fixture;
  fixture.warm.sends("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
  Peer second = fixture.asks();
  Peer one = fixture.gateway.accepts();
  Peer other = fixture.gateway.accepts();
  wait_until([&] { return !one.has_nothing_to_read() || !other.has_nothing_to_read(); });
  Fixture::answers(one.has_nothing_to_read() ? other : one, second);
}

TEST_CASE("A waiting connection that dies of the request costs a new one, not an error") {
  Warmed fixture;
  Peer second = fixture.asks();
  fixture.warm.reads_head();
  SECTION("orderly") {
    fixture.warm.closes();
  }
  SECTION("by a reset") {
    fixture.warm.resets();
  }
  Peer one = fixture.gateway.accepts();  // what was begun when the dead one was taken
  Peer other = fixture.gateway.accepts();
  wait_until([&] { return !one.has_nothing_to_read() || !other.has_nothing_to_read(); });
  Fixture::answers(one.has_nothing_to_read() ? other : one, second);
}

TEST_CASE(
    "A new configuration with other credentials throws waiting connections away; one with other rules does "
    "not") {
  Warmed fixture;
  SECTION("credentials") {
    fixture.proxy.publish({"*.site.test"}, "other");
    fixture.warm.sees_end();
    CHECK(fixture.proxy.warm_connections() == 0);
  }
  SECTION("rules") {
    fixture.proxy.publish({"*"});
    Peer second = fixture.asks();
    Fixture::answers(fixture.warm, second);
  }
}

TEST_CASE("Stopping closes what waits, and ends what is being connected") {
  SECTION("waiting") {
    Warmed fixture;
    fixture.client.closes();
    fixture.used.closes();
    fixture.proxy.stop(std::chrono::hours(1));
    fixture.proxy.waits_until_stopped();
    fixture.warm.sees_end();
  }
  SECTION("connecting") {
    FullServer full;
    Proxy proxy({.rules = {"*"}, .gateway_port = full.port(), .gateway_warm = 1});
    Peer client = proxy.client();
    client.sends(connect);
    proxy.waits_for_log("CONNECT www.site.test:443");
    proxy.stop(std::chrono::milliseconds(0));
    proxy.waits_until_stopped();
  }
}

TEST_CASE("A plain request takes a waiting connection; one that cannot be sent twice does not") {
  Warmed fixture;
  Peer client = fixture.proxy.client();
  SECTION("GET") {
    client.sends("GET http://www.site.test/ HTTP/1.1\r\nHost: www.site.test\r\n\r\n");
    fixture.warm.reads_head();
    SECTION("answered") {
      fixture.warm.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
    SECTION("closed, and asked again on a new one") {
      fixture.warm.closes();
      Peer one = fixture.gateway.accepts();
      Peer other = fixture.gateway.accepts();
      wait_until([&] { return !one.has_nothing_to_read() || !other.has_nothing_to_read(); });
      Peer& asked = one.has_nothing_to_read() ? other : one;
      asked.reads_head();
      asked.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
    CHECK(client.reads_message().body == "ok");
  }
  SECTION("POST") {
    client.sends("POST http://www.site.test/ HTTP/1.1\r\nHost: www.site.test\r\nContent-Length: 1\r\n\r\nx");
    Peer fresh = fixture.gateway.accepts();
    fresh.reads_head();
    CHECK(fixture.warm.has_nothing_to_read());
    CHECK(fixture.proxy.warm_connections() == 1);
  }
}

TEST_CASE("Over TLS a waiting connection has shaken hands already") {
  SandboxFixture sandbox;
  REQUIRE(sandbox.set_user(R"({"proxy_username": "user", "proxy_password": "secret"})"));
  Proxy proxy({.rules = {"*.site.test"},
               .gateway_port = sandbox.ports().gateway_tls,
               .gateway_ca = sandbox.ca_file().string(),
               .gateway_warm = 1});
  const std::string origin = "a.site.test:" + std::to_string(sandbox.ports().origin);
  Peer first = proxy.tunnel(origin);
  wait_until([&] { return proxy.warm_connections() == 1; });
  wait_until([&] { return sandbox.record().gateway_connections == 2; });
  Peer second = proxy.tunnel(origin);
  second.sends("GET / HTTP/1.1\r\nHost: a.site.test\r\nConnection: close\r\n\r\n");
  CHECK(second.reads_head().starts_with("HTTP/1.1 200 "));
  wait_until([&] { return sandbox.record().gateway_connections == 3; });  // one took its place
}

}  // namespace
}  // namespace aluvia::test
