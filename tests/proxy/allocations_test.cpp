// Counts the memory allocations of the proxy's thread for one CONNECT and for one request of a kept
// connection, and fails when they become more. The peers and the name server run on other threads.
#include "counted_malloc.hpp"
#include "proxy_fixture.hpp"

#include <cstdio>
#include <functional>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

constexpr std::size_t rounds = 50;

// Allocations of one round, as few as have been reached; a name of more than 15 characters costs one, as in
// the tests through the gateway. Lower them with the code, and never raise them.
constexpr std::size_t connect_to_address = 11;
constexpr std::size_t connect_to_name = 11;
constexpr std::size_t connect_through_gateway = 15;
constexpr std::size_t get_directly = 5;
constexpr std::size_t get_through_gateway = 6;

struct Fixture {
  SandboxFixture names;
  FakeServer upstream;
  Proxy proxy;

  Fixture()
      : proxy({.rules = {"*.gateway.test"},
               .gateway_port = upstream.port(),
               .dns_server = names.dns(),
               .log_level = LogLevel::info}) {}

  // Allocations of one round, once everything that is kept from round to round is there.
  std::size_t per_round(const char* what, const std::function<void()>& round) {
    for (std::size_t i = 0; i < rounds; ++i) round();
    proxy.on_loop([] { start_counting(); });
    for (std::size_t i = 0; i < rounds; ++i) round();
    std::size_t count = 0;
    proxy.on_loop([&] { count = stop_counting(); });
    std::fprintf(stderr, "%s: %.2f allocations\n", what, static_cast<double>(count) / rounds);
    return (count + rounds / 2) / rounds;  // a table that grows now and then counts for nothing
  }

  std::string connect_to(const std::string& host) const {
    const std::string authority = host + ":" + std::to_string(upstream.port());
    return "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\nUser-Agent: test\r\n\r\n";
  }

  void pass_bytes(Peer& client, Peer& server) {
    client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
    client.sends("request");
    server.receives("request");
    server.sends("response");
    client.receives("response");
    client.closes();
    server.sees_end();
    server.closes();
    wait_until([&] { return proxy.is_empty(); });
  }

  void tunnel_directly(const std::string& host) {
    Peer client = proxy.client();
    client.sends(connect_to(host));
    Peer server = upstream.accepts();
    pass_bytes(client, server);
  }

  void tunnel_through_gateway() {
    Peer client = proxy.client();
    client.sends(connect_to("www.gateway.test"));
    Peer gateway = upstream.accepts();
    gateway.reads_head();
    gateway.sends("HTTP/1.1 200 OK\r\n\r\n");
    pass_bytes(client, gateway);
  }
};

TEST_CASE("A CONNECT to an address allocates no more than it must") {
  Fixture fixture;
  CHECK(fixture.per_round("CONNECT to an address", [&] { fixture.tunnel_directly("127.0.0.1"); }) <=
        connect_to_address);
}

TEST_CASE("A CONNECT to a known name allocates no more than it must") {
  Fixture fixture;
  CHECK(fixture.per_round("CONNECT to a name", [&] { fixture.tunnel_directly("www.direct.test"); }) <=
        connect_to_name);
}

TEST_CASE("A CONNECT through the gateway allocates no more than it must") {
  Fixture fixture;
  CHECK(fixture.per_round("CONNECT through the gateway", [&] { fixture.tunnel_through_gateway(); }) <=
        connect_through_gateway);
}

// The client's connection and the upstream's are kept from request to request.
void get_again_and_again(const std::string& host, const char* what, std::size_t limit) {
  Fixture fixture;
  const std::string authority = host + ":" + std::to_string(fixture.upstream.port());
  const std::string request = "GET http://" + authority + "/path HTTP/1.1\r\nHost: " + authority +
                              "\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n";
  Peer client = fixture.proxy.client();
  client.sends(request);
  Peer server = fixture.upstream.accepts();
  const auto answer = [&] {
    server.reads_head();
    server.sends("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
    CHECK(client.reads_message().body == "hello");
  };
  answer();
  CHECK(fixture.per_round(what, [&] {
    client.sends(request);
    answer();
  }) <= limit);
}

TEST_CASE("A GET on kept connections allocates no more than it must") {
  get_again_and_again("www.direct.test", "kept GET", get_directly);
}

TEST_CASE("A GET on kept connections through the gateway allocates no more than it must") {
  get_again_and_again("www.gateway.test", "kept GET through the gateway", get_through_gateway);
}

}  // namespace
}  // namespace aluvia::test
