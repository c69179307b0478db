// Faults of the gateway that are mended before the client has seen anything, and those that cannot be.
#include "proxy_fixture.hpp"

#include <mutex>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

const std::string connect = "CONNECT www.site.test:443 HTTP/1.1\r\nHost: www.site.test:443\r\n\r\n";
const std::string get = "GET http://www.site.test/ HTTP/1.1\r\nHost: www.site.test\r\n\r\n";

proxy::Limits hasty() {
  proxy::Limits limits;
  limits.gateway_pause = std::chrono::milliseconds(5);
  limits.gateway_try = std::chrono::milliseconds(100);
  return limits;
}

// Who is asked for the configuration: the test says when there is an answer.
struct Account {
  std::mutex mutex;
  std::vector<std::function<void()>> asked;

  proxy::Refresher::Request request() {
    return [this](std::function<void()> done) {
      const std::lock_guard lock(mutex);
      asked.push_back(std::move(done));
    };
  }
  std::size_t times() {
    const std::lock_guard lock(mutex);
    return asked.size();
  }
};

struct Play {
  Stage gateway;
  Account account;
  Proxy proxy;
  Peer client;

  explicit Play(proxy::Limits limits = hasty())
      : proxy({.limits = limits,
               .rules = {"*.site.test"},
               .gateway_port = gateway.port(),
               .request_refresh = account.request()}),
        client(proxy.client()) {}

  Peer asked() {
    Peer peer = gateway.accepts();
    peer.reads_head();
    return peer;
  }
  void opens(Peer& peer) {
    peer.sends("HTTP/1.1 200 OK\r\n\r\n");
    client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  }
  void account_answers(const std::string& user) {
    wait_until([this] { return account.times() == 1; });
    proxy.publish({"*.site.test"}, user);
    proxy.on_loop(account.asked.front());
  }
};

TEST_CASE("A fault of the gateway that passes is never seen") {
  for (const std::string& fault :
       {std::string("503 Busy"), std::string("502 Bad Gateway"), std::string("504 Late"),
        std::string("close"), std::string("reset"), std::string("silence")}) {
    INFO(fault);
    Play play;
    play.client.sends(connect);
    std::vector<Peer> kept;
    for (int i = 0; i < 2; ++i) {
      Peer peer = play.asked();
      if (fault == "close") {
        peer.closes();
      } else if (fault == "reset") {
        peer.resets();
      } else if (fault != "silence") {
        peer.sends("HTTP/1.1 " + fault + "\r\nContent-Length: 0\r\n\r\n");
      }
      kept.push_back(std::move(peer));
    }
    Peer third = play.asked();
    play.opens(third);
    CHECK(play.proxy.gateway_health().ok);
  }
}

TEST_CASE("A fault that does not pass is told with its reason after three tries") {
  Play play;
  play.client.sends(connect);
  for (int i = 0; i < 3; ++i) play.asked().sends("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  const Message answer = play.client.reads_message();
  CHECK(answer.status == 502);
  CHECK(answer.head.find("received-status=503") != std::string::npos);
  CHECK(answer.body.find("answered 503 Busy (3 tries)") != std::string::npos);
  CHECK(play.gateway.nobody_waits());
}

TEST_CASE("What is about the account is told at once") {
  for (const char* const status : {"402 Payment Required", "403 Forbidden"}) {
    Play play;
    play.client.sends(connect);
    play.asked().sends("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\n\r\n");
    CHECK(play.client.reads_message().status == 502);
    CHECK(play.gateway.nobody_waits());
    CHECK(play.account.times() == 0);
  }
}

TEST_CASE("Refused credentials: the configuration is asked for once for all, and what came is tried once") {
  Play play;
  Peer other = play.proxy.client();
  play.client.sends(connect);
  other.sends(connect);
  for (int i = 0; i < 2; ++i) play.asked().sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  play.account_answers("other");
  Peer one = play.gateway.accepts();
  Peer two = play.gateway.accepts();
  for (Peer* const peer : {&one, &two}) {
    CHECK(peer->reads_head().find("Basic b3RoZXI6c2VjcmV0\r\n") != std::string::npos);
  }
  SECTION("with success") {
    one.sends("HTTP/1.1 200 OK\r\n\r\n");
    two.sends("HTTP/1.1 200 OK\r\n\r\n");
    play.client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
    other.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  }
  SECTION("in vain") {
    one.sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    two.sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    CHECK(play.client.reads_message().head.find("proxy_configuration_error") != std::string::npos);
    CHECK(other.reads_message().head.find("proxy_configuration_error") != std::string::npos);
  }
  CHECK(play.account.times() == 1);
}

TEST_CASE("An account that never answers is not waited for longer than allowed") {
  Play play([] {
    proxy::Limits limits = hasty();
    limits.refresh = std::chrono::milliseconds(50);
    return limits;
  }());
  play.client.sends(connect);
  play.asked().sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  CHECK(play.client.reads_message().status == 502);
}

TEST_CASE("A new configuration that sends the host direct is followed") {
  Town town;
  Stage site;
  Stage gateway;
  Account account;
  Proxy proxy({.limits = hasty(),
               .rules = {"*.site.test"},
               .gateway_port = gateway.port(),
               .dns_server = town.dns(),
               .request_refresh = account.request()});
  Peer client = proxy.client();
  client.sends("CONNECT a.site.test:" + std::to_string(site.port()) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer asked = gateway.accepts();
  asked.reads_head();
  asked.sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  wait_until([&] { return account.times() == 1; });
  proxy.publish({});
  proxy.on_loop(account.asked.front());
  Peer server = site.accepts();
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
}

TEST_CASE("Plain requests that can be sent again are; the last answer is passed on") {
  Play play;
  play.client.sends(get);
  for (int i = 0; i < 2; ++i) play.asked().sends("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  Peer third = play.asked();
  SECTION("which is good") {
    third.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }
  SECTION("which is the site's, as far as anybody knows") {
    third.sends("HTTP/1.1 503 Closed for today\r\nContent-Length: 2\r\n\r\nok");
  }
  CHECK(play.client.reads_message().body == "ok");
  CHECK(play.gateway.nobody_waits());
}

TEST_CASE("An answer that must not be asked for again is passed on at once") {
  Play play;
  std::string retry_after;
  SECTION("because the request cannot be repeated") {
    play.client.sends("POST http://www.site.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
  }
  SECTION("because it says when to come back") {
    play.client.sends(get);
    retry_after = "Retry-After: 60\r\n";
  }
  Peer peer = play.asked();
  peer.sends("HTTP/1.1 503 Busy\r\n" + retry_after + "Content-Length: 0\r\n\r\n");
  CHECK(play.client.reads_message().status == 503);
  CHECK(play.gateway.nobody_waits());
}

TEST_CASE("A plain request whose credentials were refused is sent again with those that came") {
  Play play;
  play.client.sends(get);
  play.asked().sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  play.account_answers("other");
  Peer second = play.gateway.accepts();
  const std::string head = second.reads_head();
  CHECK(head.starts_with("GET http://www.site.test/ HTTP/1.1\r\n"));
  CHECK(head.find("Proxy-Authorization: Basic b3RoZXI6c2VjcmV0\r\n") != std::string::npos);
  CHECK(head.find(gateway_credential) == std::string::npos);
  second.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(play.client.reads_message().body == "ok");
}

TEST_CASE("A gateway that is down is left alone for a moment") {
  proxy::Limits limits = hasty();
  limits.gateway_rest = std::chrono::milliseconds(50);
  limits.gateway_longest_rest = std::chrono::milliseconds(50);
  Stage gateway;
  const std::uint16_t port = gateway.port();
  gateway.closes();
  Proxy proxy({.limits = limits, .rules = {"*"}, .gateway_port = port});
  const auto ask = [&] {
    Peer client = proxy.client();
    client.sends(connect);
    return client.reads_message();
  };
  const Message first = ask();
  CHECK(first.head.find("error=connection_refused") != std::string::npos);
  CHECK(first.body.find("(3 tries)") != std::string::npos);
  CHECK(proxy.gateway_health().ok);  // one request says little
  (void)ask();
  CHECK_FALSE(proxy.gateway_health().ok);
  wait_until([&] { return ask().body.find("left alone") != std::string::npos; });
  proxy.waits_for_log("the gateway is down");
}

TEST_CASE("No fault makes a request go direct") {
  Town town;
  Stage site;
  Stage closed;
  const std::uint16_t port = closed.port();
  closed.closes();
  Proxy proxy({.limits = hasty(), .rules = {"*"}, .gateway_port = port, .dns_server = town.dns()});
  for (int i = 0; i < 4; ++i) {
    Peer client = proxy.client();
    client.sends("CONNECT a.test:" + std::to_string(site.port()) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.reads_message().status == 502);
  }
  CHECK(site.nobody_waits());
}

}  // namespace
}  // namespace aluvia::test
