// The machine has no memory left at any single moment: what happens then costs the connection it happens in
// at most. Each round fails another allocation of the loop, or a whole row of them, until all have had their
// turn.
#include "failing_malloc.hpp"
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

proxy::Limits impatient() {
  proxy::Limits limits;
  limits.dial = std::chrono::milliseconds(200);  // a question whose answer is lost
  limits.gateway_pause = std::chrono::milliseconds(1);
  limits.gateway_rest = std::chrono::milliseconds(1);
  limits.gateway_longest_rest = std::chrono::milliseconds(1);
  return limits;
}

struct Play {
  Town town;
  Proxy proxy;
  std::string port = ":" + std::to_string(town.ports().origin);

  Play()
      : proxy({.limits = impatient(),
               .rules = {"*.gw.test"},
               .gateway_port = town.ports().gateway,
               .dns_server = town.dns(),
               .gateway_warm = 2}) {
    REQUIRE(town.set_user(R"({"proxy_username": "user", "proxy_password": "secret"})"));
  }

  std::string get(const std::string& target, const std::string& host) const {
    return "GET " + target + "/bytes/40000 HTTP/1.1\r\nHost: " + host + port +
           "\r\nConnection: close\r\n\r\n";
  }
  std::string plain(const std::string& host) const { return get("http://" + host + port, host); }
  std::string tunnelled(const std::string& host) const {
    return "CONNECT " + host + port + " HTTP/1.1\r\nHost: x\r\n\r\n" + get("", host);
  }
  std::string upload(const std::string& host) const {
    return "POST http://" + host + port + "/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
           "Transfer-Encoding: chunked\r\n\r\nea60\r\n" + numbered(60000) + "\r\n0\r\n\r\n";
  }
  // Each is answered, or sees its end: reading to it has its own guard.
  void ask_all(const std::vector<std::string>& requests) {
    std::vector<Peer> clients;
    for (const std::string& request : requests) {
      clients.push_back(proxy.client());
      (void)clients.back().could_send(request);
    }
    for (Peer& client : clients) (void)client.read_to_end();
  }
  // Once what was learned in the meantime, of names and of the gateway, is forgotten.
  void is_served(const std::string& request) {
    wait_until([&] {
      Peer client = proxy.client();
      client.sends(request);
      return client.read_to_end().bytes.size() > 40000;
    });
  }
};

TEST_CASE("A lack of memory costs a connection at most, whichever allocation meets it") {
  const auto row = GENERATE(as<std::size_t>(), 1, 40);
  const bool is_tunnel = GENERATE(true, false);
  Play play;
  std::size_t failed = 1;
  std::size_t before = 0;
  for (; failed > 0; ++before) {
    INFO("after " << before << " allocations " << row << " fail");
    const std::string name = std::to_string(before);  // each is looked up
    play.proxy.on_loop([&] { fail_allocations(before, row); });
    if (is_tunnel) {
      play.ask_all({play.tunnelled(name + ".direct.test"), play.tunnelled(name + ".gw.test")});
    } else {
      play.ask_all({play.plain(name + ".direct.test"), play.upload(name + ".gw.test")});
    }
    play.proxy.on_loop([&] { failed = end_failing(); });
    play.is_served(play.plain(name + ".then.direct.test"));
    play.is_served(play.tunnelled(name + ".then.gw.test"));
    wait_until([&] { return play.proxy.is_empty(); });
  }
  CHECK(before > 50);
}

}  // namespace
}  // namespace aluvia::test
