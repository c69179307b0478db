// Tests the responses to requests that cannot be forwarded, and the end of their connections.
#include "proxy_fixture.hpp"

#include <future>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

Message answer_to(Proxy& proxy, const std::string& request) {
  Peer client = proxy.client();
  client.sends(request);
  Message answer = client.reads_message();
  client.sees_end();
  return answer;
}

TEST_CASE("Requests that cannot be forwarded are told why") {
  struct Row {
    const char* request;
    int status;
  };
  Proxy proxy;
  for (const Row& row : {
           Row{"nonsense\r\n\r\n", 400},
           Row{"GET http://example.com/ HTTP/1.1\r\n\r\n", 400},
           Row{"GET http://example.com/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
           Row{"GET http://example.com/ HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
           Row{"GET http://user:pw@example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Row{"GET http:///path HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Row{"GET http://example.com:0/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Row{"GET http://example.com:99999/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Row{"GET http://example.com/ HTTP/1.1\nHost: a\n\n", 400},
           Row{"GET http://example.com/ HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
           Row{"GET http://example.com/ HTTP/1.1\r\nHost : a\r\n\r\n", 400},
           Row{"GET  http://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Row{"CONNECT example.com HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Row{"CONNECT http://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Row{"GET https://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", 501},
           Row{"GET ftp://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", 501},
           Row{"GET http://example.com/ HTTP/2.0\r\nHost: a\r\n\r\n", 505},
           Row{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
       }) {
    INFO(row.request);
    const Message answer = answer_to(proxy, row.request);
    CHECK(answer.status == row.status);
    CHECK(answer.head.find("Proxy-Status: aluvia-connect; error=http_request_error") != std::string::npos);
    CHECK(answer.field("Connection") == "close");
  }
}

TEST_CASE("A request in origin-form is told that this is a proxy") {
  Proxy proxy;
  for (const std::string target : {"GET /", "GET /index.html", "OPTIONS *"}) {
    const Message answer = answer_to(proxy, target + " HTTP/1.1\r\nHost: " + proxy.authority() + "\r\n\r\n");
    CHECK(answer.status == 400);
    CHECK(answer.body.find("This is a proxy") != std::string::npos);
  }
}

TEST_CASE(
    "A client may ask the proxy itself again on its connection, where answer, request and proxy allow it") {
  ProxySettings settings;
  settings.local_answers = [](const proxy::LocalRequest& request, const auto& done) {
    const bool is_kept = request.may_keep && request.head.target == "/live";
    done({is_kept ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup"
                  : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nup",
          is_kept});
  };
  Proxy proxy(settings);
  const auto get = [](const std::string& path, const std::string& fields = {}) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  };
  Peer client = proxy.client();
  client.sends(get("/live"));
  CHECK(client.reads_message().body == "up");
  client.sends(get("/live") + get("/live"));
  CHECK(client.reads_message().body == "up");
  CHECK(client.reads_message().body == "up");
  client.sends(get("/other"));
  CHECK(client.reads_message().field("Connection") == "close");
  client.sees_end();
  for (const std::string& request :
       {get("/live", "Connection: close\r\n"), get("/live", "Content-Length: 1\r\n") + "x",
        std::string("GET /live HTTP/1.0\r\n\r\n")}) {
    INFO(request);
    CHECK(answer_to(proxy, request).field("Connection") == "close");
  }
}

TEST_CASE("Heads that are too large are rejected while they come") {
  Proxy proxy;
  {
    Peer client = proxy.client();
    (void)client.could_send("GET http://example.com/" + std::string(100'000, 'x'));
    CHECK(client.reads_message().status == 414);
  }
  Peer client = proxy.client();
  (void)client.could_send("GET http://example.com/ HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'x'));
  CHECK(client.reads_message().status == 431);
  std::string many = "GET http://example.com/ HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 300; ++i) many += "X: y\r\n";
  Peer other = proxy.client();
  (void)other.could_send(many + "\r\n");
  CHECK(other.reads_message().status == 431);
}

TEST_CASE("TLS where HTTP was expected is rejected") {
  Proxy proxy;
  Peer client = proxy.client();
  client.sends(std::string("\x16\x03\x01\x02\x00\x01", 6));
  CHECK(client.reads_message().status == 400);
}

TEST_CASE("A client that goes at any point leaves nothing behind") {
  Proxy proxy;
  FakeServer site;
  const std::string request = "GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t size = 0; size < request.size(); size += 7) {
    Peer client = proxy.client();
    client.sends(request.substr(0, size));
    if (size % 2 == 0) client.resets();
  }
  Peer client = proxy.client();
  client.sends("\r\n\r\n");
  client.ends_sending();
  client.sees_end();
  CHECK(site.has_no_connection());
}

TEST_CASE("A client that goes while its request is answered does not disturb the next one") {
  Proxy proxy;
  FakeServer site;
  const std::string request = "GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  for (std::size_t size = 0; size <= response.size(); size += 5) {
    Peer client = proxy.client();
    client.sends(request);
    Peer server = site.accepts();
    server.reads_head();
    server.sends(response.substr(0, size));
    client.resets();
    (void)server.could_send(response.substr(size));
    server.ends_sending();
    server.read_to_end();
  }
}

TEST_CASE("A half-closed client still gets its answer") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  client.ends_sending();
  Peer server = site.accepts();
  server.reads_head();
  server.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  client.sees_end();
}

TEST_CASE("A client that keeps sending after a rejection holds up no other client") {
  proxy::Limits limits;
  limits.linger = std::chrono::milliseconds(300);
  Proxy proxy({.limits = limits});
  Peer flood = proxy.client();
  flood.sends("nonsense\r\n\r\n");
  auto flooding = std::async(std::launch::async, [&flood] {
    const std::string block(1 << 20, 'x');
    while (flood.could_send(block)) {
    }
  });
  const Message answer = answer_to(proxy, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(answer.status == 400);
  flooding.get();  // and it is cut when its time is over
}

TEST_CASE("Beyond the limit of connections a client is told so") {
  proxy::Limits limits;
  limits.connections = 2;
  Proxy proxy({.limits = limits});
  FakeServer site;
  Peer tunnel = proxy.tunnel(site.authority());
  Peer server = site.accepts();
  Peer second = proxy.client();
  second.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer second_server = site.accepts();

  Peer third = proxy.client();
  const Message answer = third.reads_message();
  CHECK(answer.status == 503);
  CHECK(answer.head.find("error=connection_limit_reached") != std::string::npos);
  third.sees_end();

  tunnel.closes();
  server.closes();
  proxy.waits_for_log("tunnel to");
  CHECK(answer_to(proxy, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 400);
}

TEST_CASE("A rejection because of the limit reaches a client that has sent its request already") {
  proxy::Limits limits;
  limits.connections = 0;
  Proxy proxy({.limits = limits});
  Peer client{-1};
  {
    const auto hold = proxy.hold();
    client = proxy.client();
    client.sends("GET http://example.com/ HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  CHECK(client.reads_message().status == 503);
  client.sees_end();
}

}  // namespace
}  // namespace aluvia::test
