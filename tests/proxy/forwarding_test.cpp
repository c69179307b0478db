// Tests which fields, targets and credentials of a request and a response are forwarded.
#include "base/ascii.hpp"
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

TEST_CASE("A direct request reaches the server in origin-form, its fields as they were") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/a%20b?c=|d HTTP/1.1\r\nhOsT: " + site.authority() +
               "\r\nX-b:  two  spaces \r\nx-A:\r\nAccept: */*\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n");
  Peer server = site.accepts();
  CHECK(server.reads_head() ==
        "GET /a%20b?c=|d HTTP/1.1\r\nhOsT: " + site.authority() +
            "\r\nX-b:  two  spaces \r\nx-A:\r\nAccept: */*\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n");
  server.sends(
      "HTTP/1.1 299 Odd But Fine\r\nSet-Cookie: a=1\r\nx-LOWER: y\r\nSet-Cookie: b=2\r\nContent-Length: "
      "0\r\n\r\n");
  client.receives(
      "HTTP/1.1 299 Odd But Fine\r\nSet-Cookie: a=1\r\nx-LOWER: y\r\nSet-Cookie: b=2\r\nContent-Length: "
      "0\r\n\r\n");
}

TEST_CASE("What belongs to one hop does not go on, and what Connection names goes with it") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends(
      "GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: " + site.authority() +
      "\r\nConnection: X-Secret, keep-alive, Host, Content-Length\r\nx-secret: 1\r\nKeep-Alive: 5\r\n"
      "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic bWluZQ==\r\nTE: trailers\r\nX-End: "
      "1\r\n\r\n");
  Peer server = site.accepts();
  CHECK(server.reads_head() ==
        "GET / HTTP/1.1\r\nHost: " + site.authority() + "\r\nConnection: keep-alive\r\nX-End: 1\r\n\r\n");
  server.sends(
      "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\nKeep-Alive: 5\r\n"
      "X-End: 1\r\nContent-Length: 0\r\n\r\n");
  client.receives("HTTP/1.1 200 OK\r\nX-End: 1\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("A browser that sends Proxy-Connection to a proxy looks to the site as it does without one") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: " + site.authority() +
               "\r\nProxy-Connection: keep-alive\r\nUser-Agent: x\r\n\r\n");
  CHECK(site.accepts().reads_head() == "GET / HTTP/1.1\r\nHost: " + site.authority() +
                                           "\r\nConnection: keep-alive\r\nUser-Agent: x\r\n\r\n");
}

TEST_CASE("A client's close reaches the site, whose connection carries no further request") {
  Proxy proxy;
  FakeServer site;
  const std::string start =
      "GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: " + site.authority() + "\r\n";
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  Peer client = proxy.client();
  client.sends(start + "Connection: close\r\n\r\n");
  Peer server = site.accepts();
  CHECK(server.reads_head() ==
        "GET / HTTP/1.1\r\nHost: " + site.authority() + "\r\nConnection: close\r\n\r\n");
  server.sends(answer);  // it does not say that it closes
  client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  client.sees_end();
  server.sees_end();
  Peer next = proxy.client();
  next.sends(start + "\r\n");
  site.accepts().reads_head();
}

TEST_CASE("A client's close ends no connection to the gateway, which others share") {
  FakeServer gateway;
  Proxy proxy({.rules = {"*.site.test"}, .gateway_port = gateway.port()});
  Peer client = proxy.client();
  const std::string start = "GET http://a.site.test/ HTTP/1.1\r\nHost: a.site.test\r\n";
  client.sends(start + "Connection: close\r\n\r\n");
  Peer asked = gateway.accepts();
  CHECK(asked.reads_head() == start + "Proxy-Authorization: " + std::string(gateway_credential) + "\r\n\r\n");
  asked.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  client.sees_end();
  Peer next = proxy.client();
  next.sends(start + "Connection: keep-alive\r\n\r\n");
  CHECK(asked.reads_head() == start + "Proxy-Authorization: " + std::string(gateway_credential) + "\r\n\r\n");
}

TEST_CASE("Raw UTF-8 in a URL reaches the site and the gateway percent-encoded, in a host it is rejected") {
  FakeServer site;
  FakeServer gateway;
  Proxy proxy({.rules = {"*.site.test"}, .gateway_port = gateway.port()});
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() +
               "/stra\xC3\x9F"
               "e?q=\xE2\x82\xAC HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(site.accepts().reads_head().starts_with("GET /stra%C3%9Fe?q=%E2%82%AC HTTP/1.1\r\n"));
  Peer through = proxy.client();
  through.sends("GET http://a.site.test/\x80 HTTP/1.0\r\n\r\n");
  CHECK(gateway.accepts().reads_head().starts_with("GET http://a.site.test/%80 HTTP/1.1\r\n"));
  for (const std::string line : {"GET http://b\xC3\xBC"
                                 "cher.site.test/ HTTP/1.1",
                                 "CONNECT b\xC3\xBC"
                                 "cher.site.test:443 HTTP/1.1",
                                 "GET /stra\xC3\x9F"
                                 "e HTTP/1.1"}) {
    Peer refused = proxy.client();
    refused.sends(line + "\r\nHost: a.site.test\r\n\r\n");
    CHECK(refused.reads_message().status == 400);
  }
  CHECK(gateway.has_no_connection());
}

TEST_CASE("Host says what the target says") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nX: 1\r\nHost: other.example.com\r\n\r\n");
  Peer server = site.accepts();
  CHECK(server.reads_head() == "GET / HTTP/1.1\r\nX: 1\r\nHost: " + site.authority() + "\r\n\r\n");
}

TEST_CASE("An HTTP/1.0 request without Host gets one") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + " HTTP/1.0\r\nX: 1\r\n\r\n");
  Peer server = site.accepts();
  CHECK(server.reads_head() == "GET / HTTP/1.1\r\nHost: " + site.authority() + "\r\nX: 1\r\n\r\n");
}

TEST_CASE("OPTIONS and a query without a path are sent as they were meant") {
  Proxy proxy;
  FakeServer site;
  const auto line = [&](const std::string& method, const std::string& path) {
    Peer client = proxy.client();
    client.sends(method + " http://" + site.authority() + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string head = site.accepts().reads_head();
    return head.substr(0, head.find(" HTTP"));
  };
  CHECK(line("OPTIONS", "") == "OPTIONS *");
  CHECK(line("OPTIONS", "/") == "OPTIONS /");
  CHECK(line("GET", "?a=b") == "GET /?a=b");
  CHECK(line("get", "/") == "get /");
  CHECK(line("M-SEARCH", "/x//y/../z") == "M-SEARCH /x//y/../z");
}

TEST_CASE(
    "Through the gateway a request stays in absolute-form, with the gateway's credentials instead of the "
    "client's") {
  FakeServer gateway;
  Proxy proxy({.rules = {"*.site.test"}, .gateway_port = gateway.port()});
  Peer client = proxy.client();
  client.sends(
      "GET http://WWW.site.test:8080/x HTTP/1.1\r\nHost: b.site.test\r\nProxy-Authorization: Basic "
      "bWluZQ==\r\nX: 1\r\n\r\n");
  Peer asked = gateway.accepts();
  CHECK(asked.reads_head() ==
        "GET http://WWW.site.test:8080/x HTTP/1.1\r\nHost: WWW.site.test:8080\r\nX: "
        "1\r\nProxy-Authorization: " +
            std::string(gateway_credential) + "\r\n\r\n");
  asked.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

TEST_CASE("On one connection the gateway's credentials go to the gateway only") {
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  Proxy proxy({.rules = {"*.site.test"}, .gateway_port = gateway.port(), .dns_server = sandbox.dns()});
  Peer client = proxy.client();
  for (int i = 0; i < 3; ++i) {
    client.sends("GET http://a.site.test/ HTTP/1.1\r\nHost: a.site.test\r\n\r\n");
    Peer asked = gateway.accepts();
    CHECK(asked.reads_head().find(gateway_credential) != std::string::npos);
    asked.sends("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(client.reads_message().status == 200);

    const std::string other = "other.test:" + std::to_string(site.port());
    client.sends("GET http://" + other + "/ HTTP/1.1\r\nHost: " + other + "\r\n\r\n");
    Peer server = site.accepts();
    CHECK(server.reads_head() == "GET / HTTP/1.1\r\nHost: " + other + "\r\n\r\n");
    server.sends("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(client.reads_message().status == 200);
  }
}

TEST_CASE("The gateway's 407 never reaches the client") {
  FakeServer gateway;
  Proxy proxy({.rules = {"*.site.test"}, .gateway_port = gateway.port()});
  Peer client = proxy.client();
  client.sends("GET http://a.site.test/ HTTP/1.1\r\nHost: a.site.test\r\n\r\n");
  Peer asked = gateway.accepts();
  asked.reads_head();
  asked.sends(
      "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: "
      "3\r\n\r\nno!");
  const Message answer = client.reads_message();
  CHECK(answer.status == 502);
  CHECK(answer.head.find("error=proxy_configuration_error") != std::string::npos);
  CHECK(answer.head.find("received-status=407") != std::string::npos);
  CHECK(answer.head.find("Proxy-Authenticate") == std::string::npos);
  client.sees_end();
}

TEST_CASE("A TRACE or OPTIONS that may pass no further proxy is answered here, another one passes") {
  Proxy proxy;
  FakeServer site;
  const std::string rest = " http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\n";
  for (const std::string method : {"TRACE", "OPTIONS"}) {
    Peer stopped = proxy.client();
    stopped.sends(method + rest + "Max-Forwards: 0\r\n\r\n");
    const Message answer = stopped.reads_message();
    CHECK(answer.status == 200);
    CHECK_THAT(answer.body, !Catch::Contains("a=b"));
    stopped.sees_end();
    CHECK(site.has_no_connection());

    Peer client = proxy.client();
    client.sends(method + rest + "Max-Forwards: 1\r\n\r\n");
    CHECK_THAT(site.accepts().reads_head(), Catch::EndsWith("\r\nMax-Forwards: 0\r\n\r\n"));
  }
}

TEST_CASE("Hosts in odd spellings are the hosts that they are") {
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  Proxy proxy(
      {.rules = {"*", "-*.direct.test"}, .gateway_port = gateway.port(), .dns_server = sandbox.dns()});
  const std::string port = ":" + std::to_string(site.port());
  for (const std::string_view host : {"127.0.0.1", "0x7f.1", "2130706433", "127.1", "localhost", "LOCALHOST.",
                                      "[::ffff:127.0.0.1]", "WWW.Direct.TEST.", "a.direct.test"}) {
    INFO(host);
    Peer client = proxy.client();
    const std::string authority = std::string(host) + port;
    const bool is_numeric = host[0] == '[' || ascii::is_digit(host[0]);
    const std::string seen = is_numeric ? "127.0.0.1" + port : authority;
    client.sends("GET http://" + authority + "/ HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
    Peer server = site.accepts();
    CHECK(server.reads_head() == "GET / HTTP/1.1\r\nHost: " + seen + "\r\n\r\n");
  }
  CHECK(gateway.has_no_connection());
}

}  // namespace
}  // namespace aluvia::test
