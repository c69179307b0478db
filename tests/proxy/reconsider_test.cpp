// What a new configuration does to what is open: tunnels whose way has changed end, the others are not
// touched.
#include "proxy_fixture.hpp"

#include <thread>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

constexpr std::chrono::milliseconds brief{50};

struct Play {
  Town town;
  Stage gateway;
  Stage site;
  Proxy proxy;
  Peer client{-1};
  Peer server{-1};

  explicit Play(std::vector<std::string> rules, proxy::Limits limits = quick())
      : proxy({.limits = limits,
               .rules = std::move(rules),
               .gateway_port = gateway.port(),
               .dns_server = town.dns()}) {}

  static proxy::Limits quick() {
    proxy::Limits limits;
    limits.drain_quiet = brief;
    limits.drain = std::chrono::seconds(60);
    return limits;
  }

  std::string authority() const { return "a.site.test:" + std::to_string(site.port()); }

  void open_direct() {
    client = proxy.tunnel(authority());
    server = site.accepts();
  }
  void open_through_gateway() {
    client = proxy.client();
    client.sends("CONNECT " + authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
    server = gateway.accepts();
    server.reads_head();
    server.sends("HTTP/1.1 200 OK\r\n\r\n");
    client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  }
  void goes_on() {
    client.sends("up");
    server.receives("up");
    server.sends("down");
    client.receives("down");
  }
};

TEST_CASE("A quiet tunnel whose route has changed ends, either way") {
  SECTION("direct, now the gateway's") {
    Play play({});
    play.open_direct();
    play.proxy.publish({"*.site.test"});
    play.client.read_to_end();
    play.server.read_to_end();
    play.open_through_gateway();
    play.goes_on();
  }
  SECTION("the gateway's, now direct") {
    Play play({"*.site.test"});
    play.open_through_gateway();
    play.proxy.publish({"*.site.test", "-a.site.test"});
    play.client.read_to_end();
    play.server.read_to_end();
    play.open_direct();
    play.goes_on();
  }
}

TEST_CASE("A tunnel through the gateway ends when the credentials change") {
  Play play({"*.site.test"});
  play.open_through_gateway();
  play.proxy.publish({"*.site.test"}, "other");
  play.client.read_to_end();
  play.server.read_to_end();
}

TEST_CASE("Tunnels that go the same way are not touched") {
  proxy::Limits limits;
  limits.drain_quiet = std::chrono::milliseconds(0);
  limits.drain = std::chrono::milliseconds(0);
  SECTION("direct, whatever the credentials") {
    Play play({}, limits);
    play.open_direct();
    play.proxy.publish({"*.other.test"}, "other");
    play.goes_on();
  }
  SECTION("through the gateway, by another rule") {
    Play play({"*.site.test"}, limits);
    play.open_through_gateway();
    play.proxy.publish({"*"});
    play.goes_on();
  }
}

TEST_CASE("A transfer under way may go on, for the drain time") {
  Play play({}, [] {
    proxy::Limits limits;
    limits.drain_quiet = std::chrono::seconds(30);
    limits.drain = 8 * brief;
    return limits;
  }());
  play.open_direct();
  play.proxy.publish({"*"});
  play.goes_on();
  play.client.sees_reset();  // an end would make half a transfer a whole one
  play.server.sees_reset();
}

TEST_CASE("A tunnel that gets its route back meanwhile stays") {
  Play play({}, [] {
    proxy::Limits limits;
    limits.drain_quiet = 6 * brief;
    limits.drain = 6 * brief;
    return limits;
  }());
  play.open_direct();
  play.proxy.publish({"*"});
  play.proxy.publish({});
  const auto end = std::chrono::steady_clock::now() + 10 * brief;
  while (std::chrono::steady_clock::now() < end) play.goes_on();
}

TEST_CASE("Half an answer does not end like a whole one because the configuration has changed") {
  Play play({});
  play.open_direct();
  play.client.sends("question");
  play.client.ends_sending();
  play.server.receives("question");
  play.server.sees_end();
  play.server.sends("half an ans");
  play.client.receives("half an ans");
  play.proxy.publish({"*"});
  play.client.sees_reset();
}

TEST_CASE("Many tunnels are asked at once") {
  Play play({});
  std::vector<Peer> ends;
  for (int i = 0; i < 200; ++i) {
    ends.push_back(play.proxy.tunnel(play.authority()));
    ends.push_back(play.site.accepts());
  }
  SECTION("quiet") {}
  SECTION("some just vanish") {
    for (std::size_t i = 0; i < 100; i += 3) ends[i].resets();
  }
  play.proxy.publish({"*"});
  for (Peer& end : ends) end.read_to_end();
  play.proxy.stop(std::chrono::hours(1));
  play.proxy.waits_until_stopped();
}

}  // namespace
}  // namespace aluvia::test
