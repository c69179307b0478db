// Tests access to the proxy by credentials and by client address, as a client sees it.
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

// base64 of "agent:open:sesame"
const std::string right = "Proxy-Authorization: Basic YWdlbnQ6b3BlbjpzZXNhbWU=\r\n";

ProxySettings guarded() {
  ProxySettings settings;
  settings.admission.proxy_auth = Secret("agent:open:sesame");
  return settings;
}

std::string get(const std::string& authority, const std::string& fields = {}) {
  return "GET http://" + authority + "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

void check_asked(const Message& answer) {
  INFO(answer.head << answer.body);
  CHECK(answer.status == 407);
  CHECK(answer.field("Proxy-Authenticate") == "Basic realm=\"aluvia-connect\"");
  CHECK(answer.head.find("error=http_request_denied") != std::string::npos);
}

TEST_CASE("A request without the right credentials is asked for them, on a connection that stays") {
  Proxy proxy(guarded());
  FakeServer site;
  Peer client = proxy.client();
  for (const std::string fields :
       {"", "Proxy-Authorization: Basic\r\n", "Proxy-Authorization: Basic YWdlbnQ6b3BlbjpzZXNhbWX=\r\n",
        "Proxy-Authorization: Bearer YWdlbnQ6b3BlbjpzZXNhbWU=\r\n",
        "Authorization: Basic YWdlbnQ6b3BlbjpzZXNhbWU=\r\n", "Proxy-Authorization: \r\n"}) {
    CAPTURE(fields);
    client.sends(get(site.authority(), fields));
    const Message answer = client.reads_message();
    check_asked(answer);
    CHECK(answer.field("Connection") == "keep-alive");
  }
  client.sends(get(site.authority(), right + right));
  check_asked(client.reads_message());
  client.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
  check_asked(client.reads_message());
  CHECK(site.has_no_connection());
  CHECK(proxy.counters().unauthorized == 8);

  client.sends(get(site.authority(), right));
  Peer server = site.accepts();
  CHECK(server.reads_head() == "GET / HTTP/1.1\r\nHost: " + site.authority() + "\r\n\r\n");
  server.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

TEST_CASE("A tunnel opens with the right credentials, which no server behind it sees") {
  Proxy proxy(guarded());
  FakeServer site;
  Peer client = proxy.client();
  client.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n" + right + "\r\n");
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  Peer server = site.accepts();
  client.sends("first");
  server.receives("first");
}

TEST_CASE("The gateway gets its own credentials and not the client's, whether they are asked for or not") {
  for (const bool asked : {true, false}) {
    CAPTURE(asked);
    FakeServer gateway;
    ProxySettings settings = asked ? guarded() : ProxySettings{};
    settings.rules = {"*"};
    settings.gateway_port = gateway.port();
    Proxy proxy(std::move(settings));
    Peer plain = proxy.client();
    plain.sends(get("a.test", right));
    Peer tunnel = proxy.client();
    for (int i = 0; i < 2; ++i) {
      Peer at_gateway = gateway.accepts();
      const std::string head = at_gateway.reads_head();
      CAPTURE(head);
      CHECK(head.find("Proxy-Authorization: " + std::string(gateway_credential) + "\r\n") !=
            std::string::npos);
      CHECK(head.find("YWdlbnQ6") == std::string::npos);
      CHECK(head.find("Proxy-Authorization") == head.rfind("Proxy-Authorization"));
      if (i == 0) tunnel.sends("CONNECT a.test:443 HTTP/1.1\r\nHost: x\r\n" + right + "\r\n");
    }
  }
}

TEST_CASE("A short body behind a request without credentials is skipped, and the next request is read") {
  Proxy proxy(guarded());
  FakeServer site;
  Peer client = proxy.client();
  const std::string body = numbered(64 * 1024);
  client.sends("POST http://" + site.authority() +
               "/ HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  check_asked(client.reads_message());
  client.sends(body);
  client.sends(get(site.authority(), right));
  Peer server = site.accepts();
  CHECK(server.reads_head().starts_with("GET / "));
}

TEST_CASE("A body that is long, chunked or waits for leave ends the connection behind the 407") {
  Proxy proxy(guarded());
  for (const std::string fields :
       {"Content-Length: 65537\r\n", "Transfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nExpect: 100-continue\r\n", "Connection: close\r\n"}) {
    CAPTURE(fields);
    Peer client = proxy.client();
    client.sends("POST http://a.test/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
    const Message answer = client.reads_message();
    check_asked(answer);
    CHECK(answer.field("Connection") == "close");
    client.sees_end();
  }
}

TEST_CASE("What comes behind a CONNECT without credentials is never read as a request") {
  Proxy proxy(guarded());
  FakeServer site;
  Peer client = proxy.client();
  client.sends("CONNECT a.test:443 HTTP/1.1\r\nHost: x\r\n\r\n" + get(site.authority(), right));
  const Message answer = client.reads_message();
  check_asked(answer);
  CHECK(answer.field("Connection") == "close");
  client.sees_end();
  CHECK(site.has_no_connection());
}

TEST_CASE("HEAD is asked for credentials without a body, and the connection stays") {
  Proxy proxy(guarded());
  Peer client = proxy.client();
  for (int i = 0; i < 2; ++i) {
    client.sends("HEAD http://a.test/ HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.reads_head().starts_with("HTTP/1.1 407 Proxy Authentication Required\r\n"));
  }
}

TEST_CASE("Of the password nothing stands in the log") {
  Proxy proxy(guarded());
  Peer client = proxy.client();
  client.sends(get("127.0.0.1:1", right));
  CHECK(client.reads_message().status == 502);
  CHECK(proxy.log().find("sesame") == std::string::npos);
  CHECK(proxy.log().find("YWdlbnQ6") == std::string::npos);
}

TEST_CASE("Loopback may always connect, over IPv4, IPv6 and IPv4 in IPv6 clothes") {
  for (const char* const host : {"127.0.0.1", "0.0.0.0", "::"}) {
    CAPTURE(host);
    ProxySettings settings;
    settings.host = host;
    settings.allow_from = {"192.0.2.0/24"};
    Proxy proxy(std::move(settings));
    Peer client = proxy.client();
    client.sends("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.reads_message().status == 400);
    CHECK(proxy.counters().turned_away == 0);
  }
}

}  // namespace
}  // namespace aluvia::test
