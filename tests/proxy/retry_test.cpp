// Faults of the gateway that are mended before the client has seen anything, and those that cannot be.
// Refused credentials: credential_renewal_test.cpp.
#include "gateway_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using Fixture = GatewayFixture;

TEST_CASE("A fault of the gateway that passes is never seen") {
  for (const std::string& fault :
       {std::string("503 Busy"), std::string("502 Bad Gateway"), std::string("504 Late"),
        std::string("close"), std::string("reset"), std::string("silence")}) {
    INFO(fault);
    Fixture fixture;
    fixture.client.sends(connect);
    std::vector<Peer> kept;
    for (int i = 0; i < 2; ++i) {
      Peer peer = fixture.asked();
      if (fault == "close") {
        peer.closes();
      } else if (fault == "reset") {
        peer.resets();
      } else if (fault != "silence") {
        peer.sends("HTTP/1.1 " + fault + "\r\nContent-Length: 0\r\n\r\n");
      }
      kept.push_back(std::move(peer));
    }
    Peer third = fixture.asked();
    fixture.opens(third);
    CHECK(fixture.proxy.gateway_health().ok);
  }
}

TEST_CASE("A fault that does not pass is reported with its reason after three tries") {
  Fixture fixture;
  fixture.client.sends(connect);
  for (int i = 0; i < 3; ++i) fixture.asked().sends("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  const Message answer = fixture.client.reads_message();
  CHECK(answer.status == 502);
  CHECK(answer.head.find("received-status=503") != std::string::npos);
  CHECK(answer.body.find("answered 503 Busy (3 tries)") != std::string::npos);
  CHECK(fixture.gateway.has_no_connection());
}

TEST_CASE("A silent gateway has its time in each try, whatever is left of the time to connect") {
  proxy::Limits limits = short_pauses();
  limits.gateway_answer = std::chrono::milliseconds(50);
  limits.dial = std::chrono::hours(1);
  Fixture fixture(limits);
  fixture.client.sends(connect);
  std::vector<Peer> asked;
  for (int i = 0; i < 3; ++i) asked.push_back(fixture.asked());
  const Message response = fixture.client.reads_message();
  CHECK(response.status == 504);
  CHECK(response.body.find("did not answer CONNECT in time (3 tries)") != std::string::npos);
  for (Peer& gateway : asked) gateway.sees_end();
}

TEST_CASE("What is about the account is reported at once") {
  for (const char* const status : {"402 Payment Required", "403 Forbidden"}) {
    Fixture fixture;
    fixture.client.sends(connect);
    fixture.asked().sends("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\n\r\n");
    CHECK(fixture.client.reads_message().status == 502);
    CHECK(fixture.gateway.has_no_connection());
    CHECK(fixture.account.times() == 0);
  }
}

TEST_CASE("Plain requests that can be sent again are; the last answer is passed on") {
  Fixture fixture;
  fixture.client.sends(get);
  for (int i = 0; i < 2; ++i) fixture.asked().sends("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  Peer third = fixture.asked();
  SECTION("which is good") {
    third.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }
  SECTION("which may be the site's own") {
    third.sends("HTTP/1.1 503 Closed for today\r\nContent-Length: 2\r\n\r\nok");
  }
  CHECK(fixture.client.reads_message().body == "ok");
  CHECK(fixture.gateway.has_no_connection());
}

TEST_CASE("An answer that must not be asked for again is passed on at once") {
  Fixture fixture;
  std::string retry_after;
  SECTION("because the request cannot be repeated") {
    fixture.client.sends("POST http://www.site.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
  }
  SECTION("because it says when to come back") {
    fixture.client.sends(get);
    retry_after = "Retry-After: 60\r\n";
  }
  Peer peer = fixture.asked();
  peer.sends("HTTP/1.1 503 Busy\r\n" + retry_after + "Content-Length: 0\r\n\r\n");
  CHECK(fixture.client.reads_message().status == 503);
  CHECK(fixture.gateway.has_no_connection());
}

TEST_CASE("A gateway that is down is left alone for a moment") {
  proxy::Limits limits = short_pauses();
  limits.gateway_rest = std::chrono::milliseconds(50);
  limits.gateway_longest_rest = std::chrono::milliseconds(50);
  FakeServer gateway;
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
  SandboxFixture sandbox;
  FakeServer site;
  FakeServer closed;
  const std::uint16_t port = closed.port();
  closed.closes();
  Proxy proxy({.limits = short_pauses(), .rules = {"*"}, .gateway_port = port, .dns_server = sandbox.dns()});
  for (int i = 0; i < 4; ++i) {
    Peer client = proxy.client();
    client.sends("CONNECT a.test:" + std::to_string(site.port()) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.reads_message().status == 502);
  }
  CHECK(site.has_no_connection());
}

}  // namespace
}  // namespace aluvia::test
