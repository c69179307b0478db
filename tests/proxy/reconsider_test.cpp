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

TEST_CASE("Without time to drain a transfer is cut at once; with all of it, it stays") {
  proxy::Limits limits;
  limits.drain_quiet = std::chrono::seconds(60);
  SECTION("none") {
    limits.drain = std::chrono::seconds(0);
    Play play({}, limits);
    play.open_direct();
    play.goes_on();
    play.proxy.publish({"*"});
    play.client.sees_reset();
    CHECK(play.proxy.counters().tunnels_rerouted == 1);
  }
  SECTION("all") {
    limits.drain = proxy::Limits::never_drain;
    Play play({}, limits);
    play.open_direct();
    play.proxy.publish({"*"});
    play.goes_on();
    CHECK(play.proxy.counters().tunnels_rerouted == 0);
  }
}

TEST_CASE("A quiet tunnel ends by a reset, so that an answer that only paused does not look whole") {
  Play play({});
  play.open_direct();
  play.server.sends("HTTP/1.1 200 OK\r\n\r\nhalf an ans");
  play.client.receives("HTTP/1.1 200 OK\r\n\r\nhalf an ans");
  play.proxy.publish({"*"});
  play.client.sees_reset();
}

TEST_CASE("What a configuration ends is told with its reasons, and a long download beside it loses no byte") {
  Town town;
  Stage gateway;
  Stage site;
  proxy::Limits limits;
  limits.drain = std::chrono::seconds(0);
  Proxy proxy({.limits = limits,
               .rules = {"*.other.test"},
               .gateway_port = gateway.port(),
               .dns_server = town.dns()});
  const std::string port = ":" + std::to_string(site.port());
  Peer download = proxy.tunnel("stays.test" + port);
  Peer server = site.accepts();
  std::vector<Peer> ends;
  for (int i = 0; i < 20; ++i) {
    ends.push_back(proxy.tunnel("a.site.test" + port));
    ends.push_back(site.accepts());
  }
  Peer through = proxy.client();
  through.sends("CONNECT a.other.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer asked = gateway.accepts();
  asked.reads_head();
  asked.sends("HTTP/1.1 200 OK\r\n\r\n");
  through.receives("HTTP/1.1 200 Connection Established\r\n\r\n");

  const std::string bytes = numbered(20'000'000);
  std::thread sender([&] {
    (void)server.could_send(bytes);
    server.ends_sending();
  });
  std::string got = download.reads(1'000'000);
  proxy.publish({"*.site.test", "*.other.test"}, "other");
  for (Peer& end : ends) end.read_to_end();
  through.read_to_end();
  got += download.reads(bytes.size() - got.size());
  sender.join();
  CHECK(got == bytes);
  proxy.waits_for_log("ends 21 of 22 open tunnels (20 by their rules, 1 by credentials, session or geo)");
  CHECK(proxy.counters().tunnels_rerouted == 20);
  CHECK(proxy.counters().tunnels_renewed == 1);
}

TEST_CASE("Idle upstream connections are asked again too") {
  Town town;
  Stage gateway;
  Stage site;
  Proxy proxy({.gateway_port = gateway.port(), .dns_server = town.dns()});
  const std::string port = ":" + std::to_string(site.port());
  const auto ask = [&](Peer& client, const std::string& host) {
    client.sends("GET http://" + host + port + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  };
  const auto answer = [](Peer& server, Peer& client) {
    server.reads_head();
    server.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    CHECK(client.reads_message().body == "ok");
  };
  Peer client = proxy.client();
  ask(client, "stays.test");
  Peer stays = site.accepts();
  answer(stays, client);
  ask(client, "a.site.test");
  Peer goes = site.accepts();
  answer(goes, client);
  proxy.publish({"*.site.test"});
  goes.sees_end();
  ask(client, "stays.test");
  answer(stays, client);
  proxy.waits_for_log("closes 1 idle upstream connections");
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

TEST_CASE("A CONNECT is answered in its time however often the configuration changes meanwhile") {
  proxy::Limits limits = Play::quick();
  limits.dial = std::chrono::milliseconds(100);
  limits.gateway_answer = std::chrono::milliseconds(200);
  Play play({"*.site.test"}, limits);
  play.client = play.proxy.client();
  play.client.sends("CONNECT " + play.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
  std::vector<Peer> opened;
  wait_until([&] {
    if (!play.gateway.nobody_waits()) {
      opened.push_back(play.gateway.accepts());
      play.proxy.publish({"*.site.test"}, "user" + std::to_string(opened.size()));
      opened.back().could_send("HTTP/1.1 200 OK\r\n\r\n");
    }
    return !play.client.has_nothing_to_read();
  });
  CHECK(opened.size() > 1);
  CHECK(play.client.reads_message().status == 504);
}

}  // namespace
}  // namespace aluvia::test
