// Tunnels through the gateway: its handshake, and every way in which it can fail to open one.
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

const std::string connect = "CONNECT www.site.test:443 HTTP/1.1\r\nHost: www.site.test:443\r\n\r\n";

// One try: what further ones do is told in retry_test.
proxy::Limits once(proxy::Limits limits = {}) {
  limits.gateway_tries = 1;
  return limits;
}

proxy::Limits quick() {
  proxy::Limits limits = once();
  limits.gateway_answer = std::chrono::milliseconds(100);
  limits.dial = std::chrono::milliseconds(100);
  return limits;
}

struct Fixture {
  FakeServer gateway_stage;
  Proxy proxy;
  Peer client;

  explicit Fixture(proxy::Limits limits = once())
      : proxy({.limits = limits, .rules = {"*.site.test"}, .gateway_port = gateway_stage.port()}),
        client(proxy.client()) {}

  /// The gateway's connection with its CONNECT read.
  Peer asked() {
    client.sends(connect);
    Peer gateway = gateway_stage.accepts();
    gateway.reads_head();
    return gateway;
  }
};

TEST_CASE("The gateway is asked with its credentials, for the host that the client named") {
  Fixture fixture;
  fixture.client.sends(
      "CONNECT WWW.Site.Test.:443 HTTP/1.1\r\nHost: whatever\r\nProxy-Authorization: Basic bWluZQ==\r\n"
      "User-Agent: me\r\n\r\n");
  Peer gateway = fixture.gateway_stage.accepts();
  const std::string head = gateway.reads_head();
  CHECK(head == "CONNECT www.site.test:443 HTTP/1.1\r\nHost: www.site.test:443\r\nProxy-Authorization: " +
                    std::string(gateway_credential) + "\r\n\r\n");
  gateway.sends("HTTP/1.1 200 OK\r\n\r\n");
  fixture.client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  fixture.client.sends("up");
  gateway.receives("up");
  gateway.sends("down");
  fixture.client.receives("down");
}

TEST_CASE("Leftover bytes are delivered both ways, and none before the gateway has said yes") {
  Fixture fixture;
  fixture.client.sends(connect + "early");
  Peer gateway = fixture.gateway_stage.accepts();
  gateway.reads_head();
  CHECK(gateway.has_nothing_to_read());
  gateway.sends("HTTP/1.1 200 OK\r\nX: y\r\n\r\nfirst bytes");
  gateway.receives("early");
  fixture.client.receives("HTTP/1.1 200 Connection Established\r\n\r\nfirst bytes");
  gateway.ends_sending();
  fixture.client.sees_end();
  fixture.client.sends("and on");
  fixture.client.closes();
  gateway.receives("and on");
  gateway.sees_end();
}

TEST_CASE(
    "The gateway's answer is read however it is cut, with interim answers and meaningless lengths in it") {
  const std::string answer =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 200 Connection established\r\nContent-Length: 1000\r\nTransfer-Encoding: "
      "chunked\r\n\r\nbytes";
  SECTION("whole") {
    Fixture fixture;
    Peer gateway = fixture.asked();
    gateway.sends(answer);
    fixture.client.receives("HTTP/1.1 200 Connection Established\r\n\r\nbytes");
  }
  SECTION("byte by byte") {
    Fixture fixture;
    Peer gateway = fixture.asked();
    for (const char c : answer) gateway.sends({&c, 1});
    fixture.client.receives("HTTP/1.1 200 Connection Established\r\n\r\nbytes");
  }
}

TEST_CASE("A gateway that says no is reported as ours, with the status that it gave, and never as a 407") {
  struct Row {
    const char* answer;
    const char* error;
  };
  for (const Row& row :
       {Row{"407 Proxy Authentication Required", "proxy_configuration_error"},
        Row{"401 Unauthorized", "proxy_configuration_error"}, Row{"403 Forbidden", "destination_unavailable"},
        Row{"502 Bad Gateway", "destination_unavailable"}, Row{"503 Busy", "destination_unavailable"},
        Row{"302 Found", "destination_unavailable"}}) {
    INFO(row.answer);
    Fixture fixture;
    Peer gateway = fixture.asked();
    gateway.sends("HTTP/1.1 " + std::string(row.answer) +
                  "\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 4\r\n\r\nbody");
    const Message answer = fixture.client.reads_message();
    CHECK(answer.status == 502);
    CHECK(answer.head.find("error=" + std::string(row.error)) != std::string::npos);
    CHECK(answer.head.find("received-status=" + std::string(row.answer, 3)) != std::string::npos);
    CHECK(answer.head.find("Proxy-Authenticate") == std::string::npos);
    CHECK(answer.body.find("www.site.test:443") != std::string::npos);
    CHECK(answer.body.find("gateway (*.site.test)") != std::string::npos);
    fixture.client.sees_end();
    gateway.read_to_end();
  }
}

TEST_CASE("A gateway that does not speak HTTP, or cannot stop speaking, is reported as such") {
  for (const std::string& answer :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        std::string("HTTP/1.1 2000 OK\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\nX: y\r\r\n"),
        std::string("\x16\x03\x01 not for us"), "HTTP/1.1 200 OK\r\nX: " + std::string(17'000, 'x')}) {
    INFO(answer.substr(0, 40));
    Fixture fixture;
    Peer gateway = fixture.asked();
    (void)gateway.could_send(answer);
    const Message refused = fixture.client.reads_message();
    CHECK(refused.status == 502);
    CHECK(refused.head.find("error=http_protocol_error") != std::string::npos);
  }
}

TEST_CASE("A gateway that ends without or in the middle of its answer is reported as such") {
  for (const char* const part : {"", "HTTP/1.1 200 OK\r\nX:"}) {
    for (const bool by_reset : {false, true}) {
      INFO(part << by_reset);
      Fixture fixture;
      Peer gateway = fixture.asked();
      gateway.sends(part);
      if (by_reset) {
        gateway.resets();
      } else {
        gateway.closes();
      }
      const Message answer = fixture.client.reads_message();
      CHECK(answer.status == 502);
      CHECK(answer.head.find("error=connection_terminated") != std::string::npos);
      fixture.client.sees_end();
    }
  }
}

TEST_CASE("A gateway that is silent, also in the middle of its answer, is given up") {
  for (const char* const part : {"", "HTTP/1.1 200 OK\r\nX:"}) {
    Fixture fixture(quick());
    Peer gateway = fixture.asked();
    gateway.sends(part);
    const Message answer = fixture.client.reads_message();
    CHECK(answer.status == 504);
    CHECK(answer.head.find("error=http_response_timeout") != std::string::npos);
    gateway.sees_end();
  }
}

TEST_CASE("A gateway that cannot be reached is reported as such") {
  FakeServer closed;
  const std::uint16_t port = closed.port();
  closed.closes();
  Proxy proxy({.limits = once(), .rules = {"*"}, .gateway_port = port});
  Peer client = proxy.client();
  client.sends(connect);
  const Message refused = client.reads_message();
  CHECK(refused.status == 502);
  CHECK(refused.head.find("error=connection_refused") != std::string::npos);
  CHECK(refused.body.find("the gateway 127.0.0.1:" + std::to_string(port)) != std::string::npos);

  FullServer full;
  Proxy patient({.limits = quick(), .rules = {"*"}, .gateway_port = full.port()});
  Peer other = patient.client();
  other.sends(connect);
  CHECK(other.reads_message().status == 504);
}

TEST_CASE("A gateway that is this proxy would be a loop") {
  Proxy proxy;
  proxy.set_gateway_port(proxy.port());
  proxy.publish({"*"});
  Peer client = proxy.client();
  client.sends(connect);
  CHECK(client.reads_message().status == 508);
}

TEST_CASE("A client that goes while the gateway thinks takes the gateway's connection with it") {
  proxy::Limits limits;
  limits.gateway_try = limits.gateway_answer = std::chrono::hours(1);
  Fixture fixture(limits);
  Peer gateway = fixture.asked();
  fixture.client.resets();
  gateway.read_to_end();
}

TEST_CASE("A tunnel is opened with the credentials of the configuration of now") {
  Fixture fixture;
  Peer gateway = fixture.asked();
  gateway.sends("HTTP/1.1 200 OK\r\n\r\n");
  fixture.client.reads_head();
  fixture.proxy.publish({"*.site.test"}, "other");
  Peer second = fixture.proxy.client();
  second.sends(connect);
  Peer asked = fixture.gateway_stage.accepts();
  const std::string head = asked.reads_head();
  CHECK(head.find("Proxy-Authorization: Basic b3RoZXI6c2VjcmV0\r\n") != std::string::npos);
}

TEST_CASE("Loopback is dialed directly, even where every host is the gateway's") {
  FakeServer gateway;
  FakeServer site;
  Proxy proxy({.rules = {"*", "127.0.0.1"}, .gateway_port = gateway.port()});
  for (const char* const host : {"127.0.0.1", "0x7f.1", "127.1", "LOCALHOST.", "[::ffff:127.0.0.1]"}) {
    INFO(host);
    Peer client = proxy.tunnel(host + (":" + std::to_string(site.port())));
    Peer server = site.accepts();
    client.sends("x");
    server.receives("x");
  }
  CHECK(gateway.has_no_connection());
}

}  // namespace
}  // namespace aluvia::test
