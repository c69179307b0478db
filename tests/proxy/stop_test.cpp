// The end of the proxy: idle connections go at once, new ones when they have said what they came for, busy
// ones may finish, what is left is cut and shows it.
// That stopped is told once, and that nothing leaks, every test's fixture checks.
#include "proxy_fixture.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

constexpr std::chrono::seconds long_grace{60};
constexpr std::chrono::milliseconds short_grace{100};

struct Fixture {
  FakeServer site;
  Proxy proxy;
  Peer client;
  Peer server{-1};

  explicit Fixture(proxy::Limits limits = {}) : proxy({.limits = limits}), client(proxy.client()) {}
  void begin(const std::string& fields = {}) {
    client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
    server = site.accepts();
    server.reads_head();
  }
};

TEST_CASE("An idle proxy stops at once, whatever the grace") {
  Proxy proxy;
  proxy.stop(long_grace);
  proxy.waits_until_stopped();
}

// Time enough for every test, and none for those that are not about it.
proxy::Limits waiting_for_first_requests(std::chrono::milliseconds time) {
  proxy::Limits limits;
  limits.first_request = time;
  return limits;
}

TEST_CASE(
    "Idle connections end at once: kept ones, those to servers, and those that never asked for anything") {
  Fixture fixture(waiting_for_first_requests(std::chrono::milliseconds::zero()));
  fixture.begin();
  fixture.server.sends("HTTP/1.1 204 No Content\r\n\r\n");
  fixture.client.receives("HTTP/1.1 204 No Content\r\n\r\n");
  Peer silent = fixture.proxy.client();
  wait_until([&] { return fixture.proxy.counters().connections == 2; });
  fixture.proxy.stop(long_grace);
  fixture.client.sees_end();
  silent.sees_end();
  fixture.server.sees_end();
  fixture.proxy.waits_until_stopped();
}

TEST_CASE("A new connection whose request comes after the stop is answered, and ends behind it") {
  Fixture fixture(waiting_for_first_requests(long_grace));
  wait_until([&] { return fixture.proxy.counters().connections == 1; });
  fixture.proxy.stop(long_grace);
  fixture.begin();
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  fixture.client.sees_end();
  fixture.client.closes();
  fixture.proxy.waits_until_stopped();
}

TEST_CASE("A new connection that asks for nothing holds a stop up no longer than its time for that") {
  Proxy proxy({.limits = waiting_for_first_requests(std::chrono::milliseconds(50))});
  Peer silent = proxy.client();
  wait_until([&] { return proxy.counters().connections == 1; });
  proxy.stop(long_grace);
  silent.sees_end();
  proxy.waits_until_stopped();
}

TEST_CASE("A request that came with the stop is answered: of a new connection, of a kept one, half of it") {
  Fixture fixture(waiting_for_first_requests(std::chrono::milliseconds::zero()));
  const std::string request = "GET http://" + fixture.site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n";
  std::size_t before = 0;             // bytes of it that are sent before the stop,
  std::size_t with = request.size();  // and those with it
  SECTION("of a new connection") {
    wait_until([&] { return fixture.proxy.counters().connections == 1; });
  }
  SECTION("of a kept one") {
    fixture.begin();
    fixture.server.sends("HTTP/1.1 204 No Content\r\n\r\n");
    fixture.client.receives("HTTP/1.1 204 No Content\r\n\r\n");
  }
  SECTION("half of it") {
    wait_until([&] { return fixture.proxy.counters().connections == 1; });
    with = 10;
  }
  SECTION("a third, after another that is read") {
    before = 5;
    with = 5;
    fixture.client.sends(request.substr(0, before));
    for (int i = 0; i < 3; ++i) fixture.proxy.counters();  // a turn of the loop each
  }
  fixture.proxy.stop_with([&] { fixture.client.sends(request.substr(before, with)); }, long_grace);
  fixture.client.sends(request.substr(std::min(before + with, request.size())));
  fixture.server = fixture.site.accepts();
  fixture.server.reads_head();
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  fixture.client.sees_end();
  fixture.client.closes();
  fixture.proxy.waits_until_stopped();
}

TEST_CASE("Those who had connected when the stop came are accepted and answered") {
  FakeServer site;
  Proxy proxy({.limits = waiting_for_first_requests(long_grace)});
  std::vector<Peer> clients;
  proxy.stop_with(
      [&] {
        for (int i = 0; i < 50; ++i) clients.push_back(proxy.client());
      },
      long_grace);
  for (Peer& client : clients) {
    client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
    Peer server = site.accepts();
    server.reads_head();
    server.sends("HTTP/1.1 204 No Content\r\n\r\n");
    client.receives("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    client.closes();
  }
  proxy.waits_until_stopped();
}

TEST_CASE("A connection that is accepted as the proxy stops does not hold it up") {
  Proxy proxy({.limits = waiting_for_first_requests(std::chrono::milliseconds(50))});
  Peer client{-1};
  {
    const auto hold = proxy.hold();
    client = proxy.client();
  }
  proxy.stop(long_grace);
  client.read_to_end();
  proxy.waits_until_stopped();
}

TEST_CASE("No client can connect once the proxy stops") {
  Fixture fixture;
  fixture.begin();
  fixture.proxy.stop(long_grace);
  CHECK(refuses(fixture.proxy.port()));
}

TEST_CASE("A request that is under way is answered, and its connection ends behind it") {
  Fixture fixture;
  fixture.begin();
  fixture.proxy.stop(long_grace);
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  fixture.client.sees_end();
  fixture.client.closes();
  fixture.proxy.waits_until_stopped();
}

TEST_CASE("A response that had begun is finished, and its connection ends behind it") {
  Fixture fixture;
  fixture.begin();
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha");
  fixture.proxy.stop(long_grace);
  fixture.server.sends("lf");
  fixture.client.receives("lf");
  fixture.client.sees_end();
  fixture.client.closes();
  fixture.proxy.waits_until_stopped();
}

TEST_CASE("A pipelined request is not begun any more") {
  Fixture fixture;
  const std::string request = "GET http://" + fixture.site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n";
  fixture.client.sends(request + request);  // read together with the first
  fixture.server = fixture.site.accepts();
  fixture.server.reads_head();
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha");
  fixture.client.sends(request);  // still unread
  fixture.proxy.stop(long_grace);
  fixture.server.sends("lf");
  fixture.client.receives("lf");
  fixture.client.sees_end();
  fixture.client.closes();
  fixture.proxy.waits_until_stopped();
  CHECK(fixture.server.read_to_end().bytes == "");
}

TEST_CASE("A tunnel may end by itself within the grace") {
  Fixture fixture;
  Peer client = fixture.proxy.tunnel(fixture.site.authority());
  Peer server = fixture.site.accepts();
  fixture.client.closes();
  fixture.proxy.stop(long_grace);
  client.sends("x");
  server.receives("x");
  CHECK_FALSE(fixture.proxy.is_stopped());
  client.closes();
  server.sees_end();
  server.closes();
  fixture.proxy.waits_until_stopped();
}

TEST_CASE("What is left when the grace is over is cut, and shows it") {
  Fixture fixture;
  std::string head;
  SECTION("a response until close") {
    head = "HTTP/1.1 200 OK\r\n\r\nhalf";
  }
  SECTION("a response with a length") {
    head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
  }
  fixture.begin();
  fixture.server.sends(head);
  fixture.client.reads_head();
  fixture.client.receives("half");
  fixture.proxy.stop(short_grace);
  fixture.client.sees_reset();
  fixture.proxy.waits_until_stopped();
}

TEST_CASE("A tunnel that is left when the grace is over is cut, and shows it") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.tunnel(site.authority());
  Peer server = site.accepts();
  server.sends("HTTP/1.1 200 OK\r\n\r\nhalf");
  client.receives("HTTP/1.1 200 OK\r\n\r\nhalf");
  proxy.stop(short_grace);
  client.sees_reset();
  server.sees_reset();
  proxy.waits_until_stopped();
}

TEST_CASE("Without grace everything is cut, wherever it is") {
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  FullServer full;
  Proxy proxy({.rules = {"*.gw.test"}, .gateway_port = gateway.port(), .dns_server = sandbox.dns()});
  std::vector<Peer> clients;
  const auto say = [&](const std::string& text) {
    clients.push_back(proxy.client());
    clients.back().sends(text);
  };
  const auto get = [](const std::string& authority) {
    return "GET http://" + authority + "/ HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  say("");                                                   // no request
  say("GET http://exa");                                     // in a head
  say(get("silent.test"));                                   // in a look-up
  say(get("127.0.0.1:" + std::to_string(full.port())));      // in a connect
  say("CONNECT a.gw.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");  // in the gateway's handshake
  Peer asked = gateway.accepts();
  asked.reads_head();
  say(get(site.authority()));  // waiting for a response
  Peer waiting = site.accepts();
  waiting.reads_head();
  say("POST http://" + site.authority() +
      "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhal");  // in an upload
  Peer uploading = site.accepts();
  uploading.reads_head();
  say(get(site.authority()));  // in a response
  Peer answering = site.accepts();
  answering.reads_head();
  answering.sends("HTTP/1.1 200 OK\r\n\r\nhalf");
  clients.back().reads_head();
  say("nonsense\r\n\r\n");  // lingering
  clients.back().reads_message();
  Peer tunnel = proxy.tunnel(site.authority());
  Peer tunnelled = site.accepts();
  proxy.stop(std::chrono::milliseconds::zero());
  proxy.waits_until_stopped();
  for (Peer& client : clients) client.read_to_end();
  for (Peer* const peer : {&asked, &waiting, &uploading, &answering, &tunnel, &tunnelled})
    peer->read_to_end();
}

TEST_CASE("A second call with a shorter grace shortens it") {
  Fixture fixture;
  fixture.begin();
  fixture.proxy.stop(long_grace);
  CHECK_FALSE(fixture.proxy.is_stopped());
  fixture.proxy.stop(short_grace);
  fixture.proxy.waits_until_stopped();
}

TEST_CASE("A second call with a longer grace does not lengthen it") {
  Fixture fixture;
  fixture.begin();
  fixture.proxy.stop(short_grace);
  fixture.proxy.stop(long_grace);
  fixture.proxy.waits_until_stopped();
}

}  // namespace
}  // namespace aluvia::test
