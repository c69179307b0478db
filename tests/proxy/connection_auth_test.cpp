// NTLM and Negotiate, which authenticate a connection: each client keeps its own to the server, and no other
// client ever meets it.
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

const std::string type_1 = "Authorization: NTLM TlRMTVNTUAABAAAA\r\n";
const std::string type_3 = "Authorization: NTLM TlRMTVNTUAADAAAA\r\n";

std::string answer(const std::string& status, const std::string& body, const std::string& fields = {}) {
  return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

const std::string challenge = answer("401 Unauthorized", "", "WWW-Authenticate: NTLM TlRMTVNTUAACAAAA\r\n");

// A site by either route.
struct Fixture {
  SandboxFixture sandbox;
  FakeServer fake_server;  // the site, or the gateway
  std::string authority;
  Proxy proxy;

  explicit Fixture(bool through_gateway = false, proxy::Limits limits = {})
      : authority("a.site.test:" + std::to_string(fake_server.port())),
        proxy({.limits = limits,
               .rules = rules(through_gateway),
               .gateway_port = fake_server.port(),
               .dns_server = sandbox.dns()}) {}

  static std::vector<std::string> rules(bool through_gateway) {
    return through_gateway ? std::vector<std::string>{"*.site.test"} : std::vector<std::string>{};
  }

  std::string request(const std::string& fields = {}, const std::string& method = "GET",
                      const std::string& body = {}) const {
    return method + " http://" + authority + "/ HTTP/1.1\r\nHost: " + authority + "\r\n" + fields + "\r\n" +
           body;
  }

  // One exchange over connections that are there; returns the head that the server got.
  std::string asks(Peer& client, Peer& server, const std::string& fields, const std::string& response) {
    client.sends(request(fields));
    const std::string head = server.reads_head();
    server.sends(response);
    client.receives(response);
    return head;
  }

  // A client that has authenticated its connection to the server.
  void authenticates(Peer& client, Peer& server) {
    client.sends(request(type_1));
    server = fake_server.accepts();
    CHECK(server.reads_head().find(type_1) != std::string::npos);
    server.sends(challenge);
    client.receives(challenge);
    CHECK(asks(client, server, type_3, answer("200 OK", "hello")).find(type_3) != std::string::npos);
  }
};

// A client that has authenticated.
struct Authenticated : Fixture {
  Peer client = proxy.client();
  Peer server{-1};

  explicit Authenticated(bool through_gateway = false, proxy::Limits limits = {})
      : Fixture(through_gateway, limits) {
    authenticates(client, server);
  }

  void goes_on() { asks(client, server, "", answer("200 OK", "hello again")); }
};

TEST_CASE("No other client gets a connection that a client has authenticated, by either route") {
  const bool through_gateway = GENERATE(false, true);
  Authenticated fixture(through_gateway);

  Peer stranger = fixture.proxy.client();
  stranger.sends(fixture.request());
  Peer other = fixture.fake_server.accepts();
  other.reads_head();
  other.sends(answer("200 OK", "for any client"));
  stranger.receives(answer("200 OK", "for any client"));
  CHECK(fixture.server.has_nothing_to_read());

  fixture.goes_on();  // as the same user, without a field
  fixture.client.closes();
  fixture.server.sees_end();
  fixture.asks(stranger, other, "", answer("200 OK", "still here"));
}

TEST_CASE("Two clients whose handshakes interleave each finish their own, by either route") {
  const bool through_gateway = GENERATE(false, true);
  Fixture fixture(through_gateway);
  Peer one = fixture.proxy.client();
  Peer two = fixture.proxy.client();
  one.sends(fixture.request(type_1));
  Peer server_of_one = fixture.fake_server.accepts();
  server_of_one.reads_head();
  server_of_one.sends(challenge);
  one.receives(challenge);

  two.sends(fixture.request(type_1));
  Peer server_of_two = fixture.fake_server.accepts();
  server_of_two.reads_head();
  server_of_two.sends(challenge);
  two.receives(challenge);

  for (int round = 0; round < 3; ++round) {
    fixture.asks(one, server_of_one, round == 0 ? type_3 : "", answer("200 OK", "you are one"));
    fixture.asks(two, server_of_two, round == 0 ? type_3 : "", answer("200 OK", "you are two"));
  }
  CHECK(fixture.fake_server.has_no_connection());
}

TEST_CASE("A connection is its client's as soon as either side mentions NTLM, Negotiate or Persistent-Auth") {
  struct Case {
    std::string asked;
    std::string answered;
    bool shared;
  };
  const auto one = GENERATE(values<Case>({
      {"authorization: negotiate YII=\r\n", "", false},
      {"Authorization: NTLM x\r\n", "", false},
      {"", "WWW-Authenticate: Basic realm=\"a, b\", Negotiate\r\n", false},
      {"", "www-authenticate: ntlm\r\n", false},
      {"", "Authentication-Info: Negotiate oRI=\r\n", false},
      {"", "Persistent-Auth: true\r\n", false},
      {"Authorization: Basic dTpw\r\n", "WWW-Authenticate: Basic realm=\"NTLM, Negotiate\"\r\n", true},
      {"Authorization: Bearer NTLM\r\n", "", true},
  }));
  INFO(one.asked << one.answered);
  Fixture fixture;
  Peer client = fixture.proxy.client();
  client.sends(fixture.request(one.asked));
  Peer server = fixture.fake_server.accepts();
  server.reads_head();
  server.sends(answer("401 Unauthorized", "", one.answered));
  client.reads_head();

  Peer stranger = fixture.proxy.client();
  stranger.sends(fixture.request());
  if (one.shared) {
    server.reads_head();
  } else {
    Peer other = fixture.fake_server.accepts();
    other.reads_head();
    CHECK(server.has_nothing_to_read());
    fixture.asks(client, server, "", answer("200 OK", "x"));
  }
}

TEST_CASE("A handshake of requests with bodies stays on one connection") {
  const bool through_gateway = GENERATE(false, true);
  Fixture fixture(through_gateway);
  Peer client = fixture.proxy.client();
  client.sends(fixture.request(type_1 + "Content-Length: 0\r\n", "POST"));
  Peer server = fixture.fake_server.accepts();
  server.reads_head();
  server.sends(challenge);
  client.receives(challenge);
  const std::string body = numbered(200'000);
  const std::string head = type_3 + "Content-Length: " + std::to_string(body.size()) + "\r\n";
  client.sends(fixture.request(head, "POST"));
  server.reads_head();
  client.sends(body);
  server.receives(body);
  server.sends(answer("200 OK", "thanks"));
  client.receives(answer("200 OK", "thanks"));
  fixture.asks(client, server, "", answer("200 OK", "hello again"));
}

TEST_CASE("A client that authenticates at several sites in turn keeps its connection to each") {
  Fixture fixture;
  Peer client = fixture.proxy.client();
  std::vector<Peer> servers;
  std::vector<std::string> names;
  for (const char* const name : {"a.one.test", "a.two.test", "a.three.test", "a.four.test"}) {
    names.push_back(name + (":" + std::to_string(fixture.fake_server.port())));
    fixture.authority = names.back();
    fixture.authenticates(client, servers.emplace_back(-1));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    fixture.authority = names[i];
    fixture.asks(client, servers[i], "", answer("200 OK", names[i]));
  }
  CHECK(fixture.fake_server.has_no_connection());
}

TEST_CASE("A bound connection that died is replaced by a new one") {
  Authenticated fixture;
  SECTION("before the request") {
    fixture.server.closes();
    fixture.client.sends(fixture.request());
  }
  SECTION("when it met the request") {
    fixture.client.sends(fixture.request());
    fixture.server.reads_head();
    fixture.server.closes();
  }
  Peer fresh = fixture.fake_server.accepts();
  fresh.reads_head();
  const std::string offer = answer("401 Unauthorized", "", "WWW-Authenticate: NTLM\r\n");
  fresh.sends(offer);
  fixture.client.receives(offer);
  fixture.asks(fixture.client, fresh, type_1, challenge);
}

TEST_CASE("A configuration that sends the site another way ends a bound connection") {
  SECTION("by another route") {
    Authenticated fixture;
    fixture.proxy.publish({"*.site.test"});
    fixture.server.sees_end();
    fixture.proxy.waits_for_log("closes 1 idle upstream connections");
    fixture.client.sends(fixture.request());
    Peer gateway = fixture.fake_server.accepts();
    CHECK(gateway.reads_head().starts_with("GET http://a.site.test"));
  }
  SECTION("with other credentials") {
    Authenticated fixture(true);
    fixture.proxy.publish({"*.site.test"}, "other");
    fixture.server.sees_end();
  }
  SECTION("while it is in use") {
    Authenticated fixture;
    fixture.client.sends(fixture.request());
    fixture.server.reads_head();
    fixture.proxy.publish({"*.site.test"});
    fixture.server.sends(answer("200 OK", "x"));
    fixture.client.receives(answer("200 OK", "x"));
    fixture.server.sees_end();
  }
  SECTION("the same way it stays") {
    Authenticated fixture;
    fixture.proxy.publish({"*.other.test"}, "other");
    fixture.goes_on();
  }
}

TEST_CASE("A bound connection ends with its client's: when that closes, is idle too long, or is not kept") {
  proxy::Limits limits;
  SECTION("closes") {
    Authenticated fixture;
    fixture.client.closes();
    fixture.server.sees_end();
  }
  SECTION("idle too long") {
    limits.keep_alive = std::chrono::milliseconds(1500);
    Authenticated fixture(false, limits);
    fixture.server.sees_end();
    fixture.client.sees_end();
  }
  SECTION("not kept") {
    Fixture fixture;
    Peer client = fixture.proxy.client();
    client.sends(fixture.request(type_1 + "Connection: close\r\n"));
    Peer server = fixture.fake_server.accepts();
    server.reads_head();
    server.sends(challenge);
    client.reads_head();
    server.sees_end();
  }
  SECTION("becomes a tunnel") {
    Authenticated fixture;
    fixture.client.sends("CONNECT " + fixture.authority + " HTTP/1.1\r\nHost: x\r\n\r\n");
    Peer other = fixture.fake_server.accepts();
    fixture.client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
    fixture.server.sees_end();
  }
}

TEST_CASE("A proxy that stops ends idle bound connections at once") {
  Authenticated fixture;
  fixture.proxy.stop(std::chrono::seconds(60));
  fixture.server.sees_end();
  fixture.proxy.waits_until_stopped();
}

TEST_CASE(
    "A 503 through the gateway on a bound connection is passed on: another one would not know the user") {
  Authenticated fixture(true);
  fixture.asks(fixture.client, fixture.server, "", answer("503 Busy", "later"));
  fixture.goes_on();
  CHECK(fixture.fake_server.has_no_connection());
}

TEST_CASE("A bound connection can become a tunnel by an upgrade") {
  Authenticated fixture;
  const std::string fields = "Connection: Upgrade\r\nUpgrade: chat\r\n";
  fixture.asks(fixture.client, fixture.server, fields,
               "HTTP/1.1 101 Switching Protocols\r\n" + fields + "\r\n");
  fixture.client.sends("up");
  fixture.server.receives("up");
}

}  // namespace
}  // namespace aluvia::test
