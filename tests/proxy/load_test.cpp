// Many connections at the same time.
#include "proxy_fixture.hpp"

#include <array>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

TEST_CASE("Five hundred clients at once get what they asked for, through both routes") {
  SandboxFixture sandbox;
  Proxy proxy({.rules = {"*.gw.test"}, .gateway_port = sandbox.ports().gateway, .dns_server = sandbox.dns()});
  REQUIRE(sandbox.set_user(R"({"proxy_username": "user", "proxy_password": "secret"})"));
  const std::string port = ":" + std::to_string(sandbox.ports().origin);
  std::vector<Peer> clients;
  for (int i = 0; i < 500; ++i) clients.push_back(proxy.client());
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const std::string host = (i % 2 == 0 ? "a.gw.test" : "b.direct.test") + port;
    if (i % 3 == 0) {
      clients[i].sends("CONNECT " + host + " HTTP/1.1\r\nHost: x\r\n\r\nGET /bytes/" +
                       std::to_string(1000 + i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    } else {
      clients[i].sends("GET http://" + host + "/bytes/" + std::to_string(1000 + i) +
                       " HTTP/1.1\r\nHost: x\r\n\r\n");
    }
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (i % 3 == 0) clients[i].receives("HTTP/1.1 200 Connection Established\r\n\r\n");
    const Message answer = clients[i].reads_message();
    CHECK(answer.body.size() == 1000 + i);
    CHECK(answer.field("X-Sandbox-Via") == (i % 2 == 0 ? "gateway" : "direct"));
  }
  CHECK(proxy.counters().connections == 500);
}

TEST_CASE("Malformed requests are rejected as ever while a thousand good streams flow") {
  Proxy proxy;
  FakeServer site(1024);
  const std::string connect = "CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n";
  std::vector<Peer> clients;
  std::vector<Peer> servers;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(proxy.client());
    clients.back().sends(connect);
    clients.back().reads_head();
    servers.push_back(site.accepts());
  }
  const std::string head = "POST http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n";
  const std::array<std::string, 6> wrong{
      head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      head + "Content-Length: 1, 1\r\n\r\n",
      head + "Content-Length : 1\r\n\r\n",
      head + "X: a\r\n b\r\n\r\n",
      head + "Transfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n0\r\n\r\n",
      "GET http://" + site.authority() + "/ HTTP/1.1\nHost: x\n\n",
  };
  const std::string piece = numbered(512);
  for (std::size_t round = 0; round < 6; ++round) {
    for (Peer& client : clients) client.sends(piece);
    Peer attacker = proxy.client();
    attacker.sends(wrong[round]);
    for (Peer& server : servers) server.sends(piece);
    CHECK(attacker.reads_message().status == 400);
    for (Peer& server : servers) server.receives(piece);
    for (Peer& client : clients) client.receives(piece);
  }
  CHECK(site.has_no_connection());
}

TEST_CASE("Five hundred clients that vanish leave nothing behind") {
  Proxy proxy;
  FakeServer site(1024);
  {
    std::vector<Peer> clients;
    for (int i = 0; i < 500; ++i) {
      clients.push_back(proxy.client());
      clients.back().sends(i % 2 == 0 ? "CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n"
                                      : std::string("GET http://"));
    }
    for (std::size_t i = 0; i < 500; i += 2) clients[i].reads_head();
    for (std::size_t i = 0; i < 500; i += 3) clients[i].resets();
  }
  site.closes();
  // Whatever were left would hold this up longer than the guard allows.
  proxy.stop(std::chrono::hours(1));
  proxy.waits_until_stopped();
}

}  // namespace
}  // namespace aluvia::test
