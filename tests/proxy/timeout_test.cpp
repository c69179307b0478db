// Everything that takes too long, with limits short enough to wait for.
#include "proxy_fixture.hpp"

#include <chrono>
#include <functional>
#include <thread>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

constexpr std::chrono::milliseconds brief{100};

// A stall that a test must not meet by a pause of its own threads, on a machine that is busy with other
// tests.
constexpr std::chrono::milliseconds patient{1500};

// Calls `move_a_byte` again and again, much more often than once in `patient` and for longer than that.
void moves_bytes(const std::function<void()>& move_a_byte, int count) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    move_a_byte();
    std::this_thread::sleep_until(begin + (i + 1) * (patient * 3 / 2) / count);
  }
}

TEST_CASE("A head that does not arrive in time is answered with 408, also where it dribbles") {
  proxy::Limits limits;
  limits.head_time = brief;
  Proxy proxy({.limits = limits});
  SECTION("silent") {
    Peer client = proxy.client();
    client.sends("GET http://example.com/ HT");
    CHECK(client.reads_message().status == 408);
    client.sees_end();
  }
  SECTION("dribbling") {
    Peer client = proxy.client();
    client.sends("GET http://example.com/ HTTP/1.1\r\nX: ");
    while (client.has_nothing_to_read()) {
      if (!client.could_send("x")) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(client.reads_message().status == 408);
  }
}

TEST_CASE("A connection without a request ends silently, be it new or kept") {
  proxy::Limits limits;
  limits.keep_alive = 5 * brief;
  Proxy proxy({.limits = limits});
  FakeServer site;
  SECTION("new") {
    Peer client = proxy.client();
    client.sees_end();
  }
  SECTION("kept") {
    Peer client = proxy.client();
    client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
    Peer server = site.accepts();
    server.reads_head();
    server.sends("HTTP/1.1 204 No Content\r\n\r\n");
    client.receives("HTTP/1.1 204 No Content\r\n\r\n");
    client.sees_end();
  }
}

struct Stalling {
  FakeServer site;
  Proxy proxy;
  Peer client;
  Peer server{-1};

  explicit Stalling(const std::string& fields = {}, const std::string& method = "GET", int client_buffer = 0)
      : proxy({.limits = limits()}), client(proxy.client(client_buffer)) {
    client.sends(method + " http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
    server = site.accepts();
    server.reads_head();
  }
  static proxy::Limits limits() {
    proxy::Limits limits;
    limits.stall = patient;
    return limits;
  }
};

TEST_CASE("A server that does not answer is given up with 504") {
  Stalling fixture;
  SECTION("no byte") {}
  SECTION("a part of the head") {
    fixture.server.sends("HTTP/1.1 200 OK\r\n");
  }
  const Message answer = fixture.client.reads_message();
  CHECK(answer.status == 504);
  CHECK(answer.head.find("error=http_response_timeout") != std::string::npos);
  fixture.client.sees_end();
  fixture.server.sees_end();
}

TEST_CASE("An upload whose client stops is given up with 408, and the server sees its end") {
  Stalling fixture("Content-Length: 10\r\n", "POST");
  fixture.client.sends("half");
  fixture.server.receives("half");
  const Message answer = fixture.client.reads_message();
  CHECK(answer.status == 408);
  CHECK(answer.body.find("the request's body did not arrive in time") != std::string::npos);
  fixture.server.sees_end();
}

TEST_CASE("An upload that the server does not read is given up with 504") {
  const std::string body(64'000'000, 'x');  // more than kernels hold back
  FakeServer site(64, 4096);
  Proxy proxy({.limits = Stalling::limits()});
  Peer client = proxy.client();
  client.sends("POST http://" + site.authority() +
               "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 64000000\r\n\r\n");
  (void)client.stuffs(body);
  Peer server = site.accepts();
  server.reads_head();
  CHECK(client.reads_message().status == 504);
}

TEST_CASE("A response that stops in its body is cut") {
  Stalling fixture;
  fixture.server.sends("HTTP/1.1 200 OK\r\n\r\nhalf");
  fixture.client.reads_head();
  fixture.client.receives("half");
  fixture.client.sees_reset();
  fixture.server.read_to_end();
}

TEST_CASE("A client that does not read its response is cut, and cannot take it for a whole one") {
  Stalling fixture({}, "GET", 2048);
  // The head's first read brings more than the client's side takes.
  (void)fixture.server.stuffs("HTTP/1.1 200 OK\r\n\r\n" + std::string(16 << 20, 'x'));
  fixture.server.read_to_end();  // given up
  CHECK(fixture.client.read_to_end().reset);
}

TEST_CASE("An exchange in which bytes move is not stalled") {
  Stalling fixture("Content-Length: 100\r\n", "POST");
  moves_bytes(
      [&] {
        fixture.client.sends("x");
        fixture.server.receives("x");
      },
      100);
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
  fixture.client.reads_head();
  moves_bytes(
      [&] {
        fixture.server.sends("y");
        fixture.client.receives("y");
      },
      100);
}

TEST_CASE("A client that resets while its upstream is silent is noticed, and its upstream let go") {
  proxy::Limits limits;
  limits.stall = std::chrono::seconds(60);
  Proxy proxy({.limits = limits});
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer server = site.accepts();
  server.reads_head();
  client.resets();
  server.read_to_end();
}

TEST_CASE("A client that has ended its side gets its response as long as bytes move") {
  proxy::Limits limits;
  limits.stall = patient;
  limits.half_closed_client = patient;
  Proxy proxy({.limits = limits});
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  client.ends_sending();
  Peer server = site.accepts();
  server.reads_head();
  server.sends("HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n");
  client.reads_head();
  moves_bytes(
      [&] {
        server.sends("y");
        client.receives("y");
      },
      200);
}

TEST_CASE("A stall that ends while a dying kept connection is being replaced does no harm") {
  proxy::Limits limits;
  limits.stall = 4 * brief;
  limits.dial = 8 * brief;
  Proxy proxy({.limits = limits});
  FakeServer site(0);
  Peer client = proxy.client();
  const std::string request = "GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n";
  client.sends(request);
  Peer server = site.accepts();
  server.reads_head();
  server.sends("HTTP/1.1 204 No Content\r\n\r\n");
  client.receives("HTTP/1.1 204 No Content\r\n\r\n");
  const std::vector<Peer> waiting = FullServer::fill(site.port());
  client.sends(request);
  server.reads_head();
  server.closes();
  const Message answer = client.reads_message();
  CHECK(answer.status == 504);
  CHECK(answer.head.find("error=connection_timeout") != std::string::npos);
}

TEST_CASE("A stall that would end while a rejection is told does no harm") {
  proxy::Limits limits;
  limits.stall = 4 * brief;
  limits.linger = 6 * brief;
  Proxy proxy({.limits = limits});
  FakeServer site;
  Peer client = proxy.client();
  client.sends("POST http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
  Peer server = site.accepts();
  server.reads_head();
  server.sends("nonsense\r\n\r\n");
  CHECK(client.reads_message().status == 502);
  server.sees_end();  // at once, not when the client has gone
  client.sees_end();
}

}  // namespace
}  // namespace aluvia::test
