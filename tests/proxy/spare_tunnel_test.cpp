// Tunnels that a browser opens to a host beside another one, and closes unused: no CONNECT is sent for them.
#include "gateway_fixture.hpp"

#include <optional>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

const std::string opened = "HTTP/1.1 200 OK\r\n\r\n";
const std::string established = "HTTP/1.1 200 Connection Established\r\n\r\n";

struct Fixture {
  FakeServer gateway;
  Proxy proxy;

  explicit Fixture(proxy::EarlyConnectMode early = proxy::EarlyConnectMode::off)
      : proxy({.rules = {"*.site.test"}, .gateway_port = gateway.port(), .early_connect = early}) {}

  Peer asks() const {
    Peer client = proxy.client();
    client.sends(connect);
    return client;
  }
  /// The proxy finds the CONNECT and the client's end at the same time.
  void asks_and_leaves(const std::string& behind = {}) {
    const auto hold = proxy.hold();
    Peer client = proxy.client();
    client.sends(connect + behind);
    client.closes();
  }
  /// The next connection to the gateway ends without a byte.
  void is_spared() {
    const Ending seen = gateway.accepts().read_to_end();
    CHECK(seen.bytes.empty());
  }
  Peer asked() {
    Peer peer = gateway.accepts();
    CHECK(peer.reads_head().starts_with("CONNECT www.site.test:443 "));
    return peer;
  }
};

TEST_CASE("A second tunnel to a host whose client has left before the CONNECT could be sent sends none") {
  Fixture fixture;
  Peer first = fixture.asks();
  Peer at_gateway = fixture.asked();
  SECTION("while the first is being opened") {
    fixture.asks_and_leaves();
    fixture.is_spared();
  }
  SECTION("a moment after it was opened") {
    at_gateway.sends(opened);
    first.receives(established);
    fixture.asks_and_leaves();
    fixture.is_spared();
  }
}

TEST_CASE("A client that ends its side may be the only one, or wait for an answer to what it has sent") {
  Fixture fixture;
  SECTION("the only one") {
    fixture.asks_and_leaves();
    fixture.asked();
  }
  SECTION("with bytes behind its CONNECT") {
    Peer first = fixture.asks();
    Peer at_gateway = fixture.asked();
    fixture.asks_and_leaves("request");
    Peer second = fixture.asked();
    second.sends(opened);
    second.receives("request");
  }
}

/// The host's first tunnel is being opened, and a second one was spare.
struct FixtureWithSpare : Fixture {
  explicit FixtureWithSpare(proxy::EarlyConnectMode early = proxy::EarlyConnectMode::off)
      : Fixture(early), first(asks()), first_at_gateway(asked()) {
    asks_and_leaves();
    is_spared();
  }
  /// Nothing was asked for before this, which another host's tunnel shows.
  void has_asked_nothing() {
    Peer other = proxy.client();
    other.sends("CONNECT other.site.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
    Peer at_gateway = gateway.accepts();
    CHECK(at_gateway.reads_head().starts_with("CONNECT other.site.test:443 "));
    at_gateway.sends(opened);
    other.receives(established);
  }

  Peer first;
  Peer first_at_gateway;
};

TEST_CASE("Where a host has had a spare tunnel, the next second one waits for the first") {
  FixtureWithSpare fixture;
  Peer second = fixture.asks();
  fixture.has_asked_nothing();
  SECTION("and is asked for once the first is open") {
    fixture.first_at_gateway.sends(opened);
    fixture.asked().sends(opened);
    second.receives(established);
  }
  SECTION("and costs nothing if its client leaves") {
    second.closes();
    fixture.has_asked_nothing();
    fixture.first_at_gateway.sends(opened);
    fixture.first.receives(established);
    fixture.has_asked_nothing();
  }
  SECTION("but not for ever") {
    fixture.asked().sends(opened);
    second.receives(established);
    CHECK(fixture.first.has_nothing_to_read());
  }
  SECTION("unless its client speaks first") {
    second.sends("request");
    Peer second_at_gateway = fixture.asked();
    second_at_gateway.sends(opened);
    second_at_gateway.receives("request");
  }
}

TEST_CASE("A second tunnel that has waited and is used shows that the next ones need not wait") {
  FixtureWithSpare fixture;
  Peer second = fixture.asks();
  fixture.first_at_gateway.sends(opened);
  fixture.asked();
  Peer third = fixture.asks();  // while the second is being opened
  fixture.asked();
}

TEST_CASE("A tunnel that was held gets an early answer like any other") {
  Fixture fixture(proxy::EarlyConnectMode::always);
  const std::string hello("\x16\x03\x01\x00\x05\x01\x00\x00\x01h", 10);
  const auto opens_early = [&] {
    Peer client = fixture.asks();
    client.receives(established);
    client.sends(hello);
    Peer at_gateway = fixture.asked();
    at_gateway.receives(hello);
    at_gateway.sends(opened + "answer");
    client.receives("answer");
  };
  opens_early();  // proves that the gateway carries early bytes
  fixture.asks_and_leaves();
  fixture.is_spared();
  opens_early();
}

}  // namespace
}  // namespace aluvia::test
