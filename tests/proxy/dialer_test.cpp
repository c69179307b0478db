// Errors of a dial as the client sees them, and requests that would reach the proxy itself.
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

struct Ask {
  Message connect;
  Message get;
};

// The same authority by CONNECT and by absolute-form.
Ask ask(Proxy& proxy, const std::string& authority) {
  Peer tunnel = proxy.client();
  tunnel.sends("CONNECT " + authority + " HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer plain = proxy.client();
  plain.sends("GET http://" + authority + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  return {tunnel.reads_message(), plain.reads_message()};
}

void check_both(const Ask& asked, int status, const std::string& error) {
  for (const Message* const message : {&asked.connect, &asked.get}) {
    INFO(message->head << message->body);
    CHECK(message->status == status);
    CHECK(message->head.find("error=" + error + ";") != std::string::npos);
    CHECK(message->field("Connection") == "close");
    CHECK(message->body.find("route: direct (") != std::string::npos);
  }
}

TEST_CASE("Look-ups that fail are distinguished") {
  SandboxFixture sandbox;
  sandbox.set_dns("empty.test", {});
  proxy::Limits limits;
  limits.dial = std::chrono::milliseconds(200);
  Proxy proxy({.limits = limits, .dns_server = sandbox.dns()});
  check_both(ask(proxy, "nowhere.invalid:80"), 502, "dns_error");
  check_both(ask(proxy, "empty.test:80"), 502, "dns_error");
  check_both(ask(proxy, "silent.test:80"), 504, "dns_timeout");
  Proxy patient({.dns_server = sandbox.dns()});
  check_both(ask(patient, "servfail.test:80"), 502, "dns_error");
}

TEST_CASE("A port without a listener is reported as refused") {
  FakeServer closed;
  const std::string authority = closed.authority();
  closed.closes();
  Proxy proxy;
  check_both(ask(proxy, authority), 502, "connection_refused");
}

TEST_CASE("A host that does not answer is reported as such") {
  FullServer full;
  proxy::Limits limits;
  limits.dial = std::chrono::milliseconds(100);
  Proxy proxy({.limits = limits});
  check_both(ask(proxy, "127.0.0.1:" + std::to_string(full.port())), 504, "connection_timeout");
}

TEST_CASE("The proxy never dials itself, whatever it is called") {
  SandboxFixture sandbox;
  Proxy proxy({.dns_server = sandbox.dns()});
  for (const char* const host : {"127.0.0.1", "0x7f.1", "127.1", "localhost", "a.localhost", "some.name.test",
                                 "0.0.0.0", "[::ffff:127.0.0.1]", "[::]"}) {
    INFO(host);
    check_both(ask(proxy, host + (":" + std::to_string(proxy.port()))), 508, "proxy_loop_detected");
  }
  CHECK(proxy.counters().of(rules::Route::direct).tunnels == 0);
}

TEST_CASE("A second address is tried where the first refuses") {
  SandboxFixture sandbox;
  sandbox.set_dns("two.test", {.addresses = {"127.0.0.2", "127.0.0.1"}});
  FakeServer site;
  Proxy proxy({.dns_server = sandbox.dns()});
  Peer client = proxy.tunnel("two.test:" + std::to_string(site.port()));
  Peer server = site.accepts();
  client.sends("x");
  server.receives("x");
}

TEST_CASE("HEAD is rejected without a body") {
  FakeServer closed;
  const std::string authority = closed.authority();
  closed.closes();
  Proxy proxy;
  Peer client = proxy.client();
  client.sends("HEAD http://" + authority + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.reads_head().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  client.sees_end();
}

TEST_CASE(
    "A gateway spoken to over TLS carries tunnels and requests; one with a foreign certificate is refused") {
  SandboxFixture sandbox;
  const std::string origin = "a.site.test:" + std::to_string(sandbox.ports().origin);
  Proxy proxy({.rules = {"*.site.test"},
               .gateway_port = sandbox.ports().gateway_tls,
               .gateway_ca = sandbox.ca_file().string()});
  REQUIRE(sandbox.set_user(R"({"proxy_username": "user", "proxy_password": "secret"})"));
  Peer plain = proxy.client();
  for (int i = 0; i < 3; ++i) {
    plain.sends("GET http://" + origin + "/bytes/300000 HTTP/1.1\r\nHost: x\r\n\r\n");
    const Message answer = plain.reads_message();
    CHECK(answer.status == 200);
    CHECK(answer.body.size() == 300'000);
    CHECK(answer.field("X-Sandbox-Via") == "gateway");
  }
  Peer tunnel = proxy.tunnel(origin);
  tunnel.sends("GET /bytes/300000 HTTP/1.1\r\nHost: a.site.test\r\nConnection: close\r\n\r\n");
  tunnel.reads_head();
  CHECK(tunnel.read_to_end().bytes.size() == 300'000);

  SandboxFixture other;
  Proxy wary({.rules = {"*.site.test"},
              .gateway_port = other.ports().gateway_tls,
              .gateway_ca = sandbox.ca_file().string()});
  Peer client = wary.client();
  client.sends("GET http://" + origin + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  const Message refused = client.reads_message();
  CHECK(refused.status == 502);
  CHECK(refused.head.find("error=tls_certificate_error") != std::string::npos);
}

}  // namespace
}  // namespace aluvia::test
