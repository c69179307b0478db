// Kept connections: of clients, where every request is routed anew, and to upstreams, where nothing may be
// mixed up.
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

std::string get(const std::string& authority, const std::string& path = "/") {
  return "GET http://" + authority + path + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
}

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string path_of(const std::string& head) {
  const std::size_t begin = head.find(' ') + 1;
  return head.substr(begin, head.find(' ', begin) - begin);
}

TEST_CASE("Pipelined requests are answered one after the other, in order") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  std::string all;
  for (int i = 0; i < 50; ++i) all += get(site.authority(), "/" + std::to_string(i));
  client.sends(all);
  Peer server = site.accepts();
  for (int i = 0; i < 50; ++i) {
    CHECK(path_of(server.reads_head()) == "/" + std::to_string(i));
    CHECK(server.has_nothing_to_read());  // the next one waits for this answer
    server.sends(ok("body " + std::to_string(i)));
    client.receives(ok("body " + std::to_string(i)));
  }
  CHECK(site.has_no_connection());
}

TEST_CASE("Pipelined requests with bodies of all framings keep apart") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  const std::string start =
      "POST http://" + site.authority() + "/ HTTP/1.1\r\nHost: " + site.authority() + "\r\n";
  client.sends(start + "Content-Length: 5\r\n\r\nhello" + start +
               "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n" +
               get(site.authority(), "/end"));
  Peer server = site.accepts();
  server.reads_head();
  server.receives("hello");
  server.sends(ok("1"));
  client.receives(ok("1"));
  server.reads_head();
  server.receives("3\r\nabc\r\n0\r\nX: y\r\n\r\n");
  server.sends(ok("2"));
  client.receives(ok("2"));
  CHECK(path_of(server.reads_head()) == "/end");
}

TEST_CASE("A body and the next request that come together, behind the head, are distinguished") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  const std::string start =
      "POST http://" + site.authority() + "/ HTTP/1.1\r\nHost: " + site.authority() + "\r\n";
  for (const std::string framing : {"Content-Length: 5\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"}) {
    const std::string body = framing.starts_with("Content") ? "hello" : "3;x\r\nabc\r\n0\r\n\r\n";
    client.sends(start + framing);
    Peer server = site.accepts();
    server.reads_head();
    client.sends(body + get(site.authority(), "/next"));
    server.receives(body);
    server.sends("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    client.reads_head();
    CHECK(path_of(server.reads_head()) == "/next");
    server.sends("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    client.reads_head();
  }
}

TEST_CASE("On a kept connection the route is decided for every request again") {
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  Proxy proxy({.gateway_port = gateway.port(), .dns_server = sandbox.dns()});
  const std::string authority = "www.site.test:" + std::to_string(site.port());
  Peer client = proxy.client();
  for (int i = 0; i < 3; ++i) {
    proxy.publish({});
    client.sends(get(authority));
    Peer server = site.accepts();
    CHECK(path_of(server.reads_head()) == "/");
    server.sends("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    client.reads_head();

    proxy.publish({"www.site.test"});
    client.sends(get(authority));
    Peer asked = gateway.accepts();
    CHECK(path_of(asked.reads_head()) == "http://" + authority + "/");
    asked.sends("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    client.reads_head();
  }
}

TEST_CASE("An upstream connection serves other clients too, but no other host, route or configuration") {
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  Proxy proxy({.rules = {"*.gw.test"}, .gateway_port = gateway.port(), .dns_server = sandbox.dns()});
  const std::string port = ":" + std::to_string(site.port());
  const auto ask = [&proxy](const std::string& authority) {
    Peer client = proxy.client();
    client.sends(get(authority));
    return client;
  };
  const auto answer = [](Peer& server, Peer& client) {
    server.reads_head();
    server.sends(ok("x"));
    client.receives(ok("x"));
  };

  Peer client = ask("a.test" + port);
  Peer server = site.accepts();
  answer(server, client);
  Peer second = ask("A.TEST." + port);
  answer(server, second);

  Peer other = ask("b.test" + port);
  Peer other_server = site.accepts();
  answer(other_server, other);

  Peer through = ask("a.gw.test" + port);
  Peer asked = gateway.accepts();
  answer(asked, through);
  Peer again = ask("a.gw.test" + port);
  answer(asked, again);

  Peer elsewhere = ask("b.gw.test" + port);
  Peer asked_elsewhere = gateway.accepts();
  answer(asked_elsewhere, elsewhere);

  proxy.publish({"*.gw.test"}, "other");
  Peer renewed = ask("a.gw.test" + port);
  Peer asked_anew = gateway.accepts();
  CHECK(asked_anew.reads_head().find("Basic b3RoZXI6c2VjcmV0") != std::string::npos);
  asked.sees_end();  // its credentials are of no more use

  proxy.publish({});
  Peer direct = ask("a.gw.test" + port);
  Peer direct_server = site.accepts();
  answer(direct_server, direct);
}

// The first exchange of a connection, answered; both ends are kept.
struct Kept {
  FakeServer site;
  Proxy proxy;
  Peer client;
  Peer server{-1};

  Kept() : client(proxy.client()) {
    client.sends(get(site.authority()));
    server = site.accepts();
    server.reads_head();
    server.sends(ok("first"));
    client.receives(ok("first"));
  }
};

TEST_CASE("A kept connection that had ended meanwhile is not used") {
  Kept kept;
  SECTION("closed") {
    kept.server.closes();
  }
  SECTION("reset") {
    kept.server.resets();
  }
  SECTION("spoke without being asked") {
    kept.server.sends("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
  }
  kept.client.sends(get(kept.site.authority(), "/again"));
  Peer fresh = kept.site.accepts();
  CHECK(path_of(fresh.reads_head()) == "/again");
  fresh.sends(ok("second"));
  kept.client.receives(ok("second"));
}

TEST_CASE("A request that met a dying kept connection is sent once more") {
  for (const std::string method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) {
    for (const bool by_reset : {false, true}) {
      INFO(method << by_reset);
      Kept kept;
      kept.client.sends(method + " http://" + kept.site.authority() + "/x HTTP/1.1\r\nHost: x\r\n\r\n");
      const std::string head = kept.server.reads_head();
      if (by_reset) {
        kept.server.resets();
      } else {
        kept.server.closes();
      }
      Peer fresh = kept.site.accepts();
      CHECK(fresh.reads_head() == head);
      fresh.sends("HTTP/1.1 204 Second\r\n\r\n");
      kept.client.receives("HTTP/1.1 204 Second\r\n\r\n");
      CHECK(kept.site.has_no_connection());
    }
  }
}

TEST_CASE(
    "A request to the gateway that met a dying kept connection is sent once more, with its credentials") {
  FakeServer gateway;
  Proxy proxy({.rules = {"*.site.test"}, .gateway_port = gateway.port()});
  Peer client = proxy.client();
  client.sends(get("a.site.test"));
  Peer first = gateway.accepts();
  const std::string head = first.reads_head();
  CHECK(head.find(gateway_credential) != std::string::npos);
  first.sends(ok("1"));
  client.receives(ok("1"));
  client.sends(get("a.site.test"));
  CHECK(first.reads_head() == head);
  first.closes();
  Peer second = gateway.accepts();
  CHECK(second.reads_head() == head);
  second.sends(ok("2"));
  client.receives(ok("2"));
}

TEST_CASE("Once more is once: a new connection that dies likewise is a fault") {
  Kept kept;
  kept.client.sends(get(kept.site.authority()));
  kept.server.reads_head();
  kept.server.closes();
  Peer fresh = kept.site.accepts();
  fresh.reads_head();
  fresh.closes();
  CHECK(kept.client.reads_message().status == 502);
  CHECK(kept.site.has_no_connection());
}

TEST_CASE("What may not be repeated is not repeated, nor is a request whose answer had begun") {
  Kept kept;
  SECTION("POST") {
    kept.client.sends("POST http://" + kept.site.authority() +
                      "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
    kept.server.reads_head();
  }
  SECTION("POST without a body") {
    kept.client.sends("POST http://" + kept.site.authority() +
                      "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    kept.server.reads_head();
  }
  SECTION("GET with a body") {
    kept.client.sends("GET http://" + kept.site.authority() +
                      "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
    kept.server.reads_head();
  }
  SECTION("GET that was being answered") {
    kept.client.sends(get(kept.site.authority()));
    kept.server.reads_head();
    kept.server.sends("H");
  }
  SECTION("GET that had an interim answer") {
    kept.client.sends(get(kept.site.authority()));
    kept.server.reads_head();
    kept.server.sends("HTTP/1.1 103 Early Hints\r\n\r\n");
    kept.client.receives("HTTP/1.1 103 Early Hints\r\n\r\n");
  }
  kept.server.closes();
  CHECK(kept.client.reads_message().status == 502);
  CHECK(kept.site.has_no_connection());
}

TEST_CASE("Bytes behind a response never reach a client") {
  const std::string evil = "HTTP/1.1 200 Evil\r\nContent-Length: 4\r\n\r\nevil";
  for (const std::string& good :
       {ok("good"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 204 No Content\r\n\r\n"),
        std::string("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")}) {
    for (const bool together : {true, false}) {
      INFO(good << together);
      Proxy proxy;
      FakeServer site;
      Peer client = proxy.client();
      client.sends(get(site.authority()));
      Peer server = site.accepts();
      server.reads_head();
      server.sends(together ? good + evil : good);
      if (!together) (void)server.could_send(evil);
      client.receives(good);
      client.sends(get(site.authority(), "/next"));
      Peer fresh = site.accepts();
      CHECK(path_of(fresh.reads_head()) == "/next");
      fresh.sends(ok("next"));
      client.receives(ok("next"));
    }
  }
}

TEST_CASE("Bytes that come together with the end of a chunked response never reach a client") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends(get(site.authority()));
  Peer server = site.accepts();
  server.reads_head();
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  server.sends(head);
  client.receives(head);
  server.sends("4\r\ngood\r\n0\r\n\r\nHTTP/1.1 200 Evil\r\nContent-Length: 4\r\n\r\nevil");
  client.receives("4\r\ngood\r\n0\r\n\r\n");
  client.sends(get(site.authority(), "/next"));
  Peer fresh = site.accepts();
  CHECK(path_of(fresh.reads_head()) == "/next");
  server.sees_end();
}

TEST_CASE("A body that arrives after the answer to HEAD is not taken for the next answer") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("HEAD http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer server = site.accepts();
  server.reads_head();
  server.sends("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
  client.receives("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  client.sends(get(site.authority()));
  Peer fresh = site.accepts();
  fresh.reads_head();
}

}  // namespace
}  // namespace aluvia::test
