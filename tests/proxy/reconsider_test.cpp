// A new configuration ends the open tunnels whose route it changes, and no others.
#include "proxy/tunnel_table.hpp"
#include "proxy_fixture.hpp"

#include <thread>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

constexpr std::chrono::milliseconds brief{50};

struct Fixture {
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  Proxy proxy;
  Peer client{-1};
  Peer server{-1};

  explicit Fixture(std::vector<std::string> rules, proxy::Limits limits = quick())
      : proxy({.limits = limits,
               .rules = std::move(rules),
               .gateway_port = gateway.port(),
               .dns_server = sandbox.dns()}) {}

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
    Fixture fixture({});
    fixture.open_direct();
    fixture.proxy.publish({"*.site.test"});
    fixture.client.read_to_end();
    fixture.server.read_to_end();
    fixture.open_through_gateway();
    fixture.goes_on();
  }
  SECTION("the gateway's, now direct") {
    Fixture fixture({"*.site.test"});
    fixture.open_through_gateway();
    fixture.proxy.publish({"*.site.test", "-a.site.test"});
    fixture.client.read_to_end();
    fixture.server.read_to_end();
    fixture.open_direct();
    fixture.goes_on();
  }
}

TEST_CASE("A tunnel through the gateway ends when the credentials change") {
  Fixture fixture({"*.site.test"});
  fixture.open_through_gateway();
  fixture.proxy.publish({"*.site.test"}, "other");
  fixture.client.read_to_end();
  fixture.server.read_to_end();
}

TEST_CASE("Tunnels that go the same way are not touched") {
  proxy::Limits limits;
  limits.drain_quiet = std::chrono::milliseconds(0);
  limits.drain = std::chrono::milliseconds(0);
  SECTION("direct, whatever the credentials") {
    Fixture fixture({}, limits);
    fixture.open_direct();
    fixture.proxy.publish({"*.other.test"}, "other");
    fixture.goes_on();
  }
  SECTION("through the gateway, by another rule") {
    Fixture fixture({"*.site.test"}, limits);
    fixture.open_through_gateway();
    fixture.proxy.publish({"*"});
    fixture.goes_on();
  }
}

TEST_CASE("A transfer under way may go on, for the drain time") {
  Fixture fixture({}, [] {
    proxy::Limits limits;
    limits.drain_quiet = std::chrono::seconds(30);
    limits.drain = 8 * brief;
    return limits;
  }());
  fixture.open_direct();
  fixture.proxy.publish({"*"});
  fixture.goes_on();
  fixture.client.sees_reset();  // an end would make half a transfer a whole one
  fixture.server.sees_reset();
}

TEST_CASE("Without time to drain a transfer is cut at once; with all of it, it stays") {
  proxy::Limits limits;
  limits.drain_quiet = std::chrono::seconds(60);
  SECTION("none") {
    limits.drain = std::chrono::seconds(0);
    Fixture fixture({}, limits);
    fixture.open_direct();
    fixture.goes_on();
    fixture.proxy.publish({"*"});
    fixture.client.sees_reset();
    CHECK(fixture.proxy.counters().tunnels_rerouted == 1);
  }
  SECTION("all") {
    limits.drain = proxy::Limits::never_drain;
    Fixture fixture({}, limits);
    fixture.open_direct();
    fixture.proxy.publish({"*"});
    fixture.goes_on();
    CHECK(fixture.proxy.counters().tunnels_rerouted == 0);
  }
}

TEST_CASE("A quiet tunnel ends by a reset, so that an answer that only paused does not look whole") {
  Fixture fixture({});
  fixture.open_direct();
  fixture.server.sends("HTTP/1.1 200 OK\r\n\r\nhalf an ans");
  fixture.client.receives("HTTP/1.1 200 OK\r\n\r\nhalf an ans");
  fixture.proxy.publish({"*"});
  fixture.client.sees_reset();
}

TEST_CASE(
    "What a configuration ends is reported with its reasons, and a long download beside it loses no byte") {
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  proxy::Limits limits;
  limits.drain = std::chrono::seconds(0);
  Proxy proxy({.limits = limits,
               .rules = {"*.other.test"},
               .gateway_port = gateway.port(),
               .dns_server = sandbox.dns()});
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
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  Proxy proxy({.gateway_port = gateway.port(), .dns_server = sandbox.dns()});
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
  Fixture fixture({}, [] {
    proxy::Limits limits;
    limits.drain_quiet = 6 * brief;
    limits.drain = 6 * brief;
    return limits;
  }());
  fixture.open_direct();
  fixture.proxy.publish({"*"});
  fixture.proxy.publish({});
  const auto end = std::chrono::steady_clock::now() + 10 * brief;
  while (std::chrono::steady_clock::now() < end) fixture.goes_on();
}

TEST_CASE("Half an answer does not end like a whole one because the configuration has changed") {
  Fixture fixture({});
  fixture.open_direct();
  fixture.client.sends("question");
  fixture.client.ends_sending();
  fixture.server.receives("question");
  fixture.server.sees_end();
  fixture.server.sends("half an ans");
  fixture.client.receives("half an ans");
  fixture.proxy.publish({"*"});
  fixture.client.sees_reset();
}

TEST_CASE("Many tunnels are asked at once") {
  Fixture fixture({});
  std::vector<Peer> ends;
  for (int i = 0; i < 200; ++i) {
    ends.push_back(fixture.proxy.tunnel(fixture.authority()));
    ends.push_back(fixture.site.accepts());
  }
  SECTION("quiet") {}
  SECTION("some just vanish") {
    for (std::size_t i = 0; i < 100; i += 3) ends[i].resets();
  }
  fixture.proxy.publish({"*"});
  for (Peer& end : ends) end.read_to_end();
  fixture.proxy.stop(std::chrono::hours(1));
  fixture.proxy.waits_until_stopped();
}

TEST_CASE("A CONNECT is answered in its time however often the configuration changes meanwhile") {
  proxy::Limits limits = Fixture::quick();
  limits.dial = std::chrono::milliseconds(100);
  limits.gateway_answer = std::chrono::milliseconds(200);
  Fixture fixture({"*.site.test"}, limits);
  fixture.client = fixture.proxy.client();
  fixture.client.sends("CONNECT " + fixture.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
  std::vector<Peer> opened;
  wait_until([&] {
    if (!fixture.gateway.has_no_connection()) {
      opened.push_back(fixture.gateway.accepts());
      fixture.proxy.publish({"*.site.test"}, "user" + std::to_string(opened.size()));
      opened.back().could_send("HTTP/1.1 200 OK\r\n\r\n");
    }
    return !fixture.client.has_nothing_to_read();
  });
  CHECK(opened.size() > 1);
  CHECK(fixture.client.reads_message().status == 504);
}

// Tunnels that hold one byte each way, to one site.
struct Crowd {
  SandboxFixture sandbox;
  FakeServer site{1024};
  Proxy proxy;
  std::vector<Peer> clients;
  std::vector<Peer> servers;

  explicit Crowd(std::size_t number) : proxy({.limits = Fixture::quick(), .dns_server = sandbox.dns()}) {
    const std::string authority = "a.site.test:" + std::to_string(site.port());
    for (std::size_t i = 0; i < number; ++i) {
      clients.push_back(proxy.tunnel(authority));
      servers.push_back(site.accepts());
    }
  }
  void all_end() {
    for (Peer& client : clients) client.read_to_end();
    for (Peer& server : servers) server.read_to_end();
  }
};

constexpr std::size_t more_than_one_turn = proxy::TunnelTable::asked_per_turn + 88;

TEST_CASE("A few tunnels are routed again in the turn that publishes") {
  Crowd crowd(3);
  const std::string log = crowd.proxy.publish_and_log({{"*"}});
  CHECK(log.find("ends 3 of 3 open tunnels") != std::string::npos);
  crowd.all_end();
}

TEST_CASE("Many tunnels are routed again in several turns of the loop") {
  Crowd crowd(more_than_one_turn);
  const std::string log = crowd.proxy.publish_and_log({{"*"}});
  CHECK(log.find("open tunnels") == std::string::npos);
  crowd.proxy.waits_for_log("ends 600 of 600 open tunnels");
  crowd.all_end();
  CHECK(crowd.proxy.counters().tunnels_rerouted == more_than_one_turn);
}

TEST_CASE("A second configuration takes over the tunnels that the first has not routed yet") {
  Crowd crowd(more_than_one_turn);
  const std::string log = crowd.proxy.publish_and_log({{"*"}, {"*.site.test"}});
  CHECK(log.find("ends 512 of 600 open tunnels") != std::string::npos);
  crowd.proxy.waits_for_log("ends 88 of ");
  crowd.all_end();
  CHECK(crowd.proxy.counters().tunnels_rerouted == more_than_one_turn);
}

}  // namespace
}  // namespace aluvia::test
