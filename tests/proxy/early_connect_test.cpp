// Early CONNECT: a client is answered before the gateway has answered, and its TLS ClientHello goes to the
// gateway right behind the CONNECT. The tests play the gateway, and a client that sends a hello.
#include "gateway_fixture.hpp"

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using Mode = proxy::EarlyConnectMode;
using Proof = proxy::EarlyConnectState::Proof;

const std::string established = "HTTP/1.1 200 Connection Established\r\n\r\n";
const std::string opened = "HTTP/1.1 200 OK\r\n\r\n";

std::string connect_to_site(const std::string& site) {
  return "CONNECT " + site + ":443 HTTP/1.1\r\nHost: " + site + ":443\r\n\r\n";
}

// A ClientHello as the proxy checks it: record and message headers.
std::string hello_of(std::size_t size) {
  const std::size_t record = size - 5;
  const std::size_t body = record - 4;
  std::string out{22,
                  3,
                  1,
                  static_cast<char>(record >> 8U),
                  static_cast<char>(record & 0xffU),
                  1,
                  0,
                  static_cast<char>(body >> 8U),
                  static_cast<char>(body & 0xffU)};
  return out + numbered(size - out.size());
}
const std::string hello = hello_of(517);

struct Fixture {
  FakeServer gateway;
  Account account;
  Proxy proxy;

  explicit Fixture(Mode mode = Mode::known, proxy::Limits limits = short_pauses(), std::size_t warm = 0)
      : proxy({.limits = limits,
               .rules = {"*.site.test"},
               .gateway_port = gateway.port(),
               .gateway_warm = warm,
               .early_connect = mode,
               .request_refresh = account.request()}) {}

  Peer asks(const std::string& site = "www.site.test") const {
    Peer client = proxy.client();
    client.sends(connect_to_site(site));
    return client;
  }

  /// The next connection to the gateway, whose CONNECT has been read.
  Peer asked(bool is_early) {
    Peer peer = gateway.accepts();
    const std::string head = peer.reads_head();
    CHECK(head.starts_with("CONNECT "));
    CHECK((head.find("\r\nConnection: close\r\n") != std::string::npos) == is_early);
    return peer;
  }

  /// An ordinary CONNECT, after which the host is known.
  void knows(const std::string& site = "www.site.test") {
    Peer client = asks(site);
    Peer at_gateway = asked(false);
    CHECK(client.has_nothing_to_read());
    at_gateway.sends(opened);
    client.receives(established);
  }

  /// An early CONNECT that the gateway carries.
  void proves(const std::string& site = "www.site.test") {
    Peer client = asks(site);
    client.receives(established);
    client.sends(hello);
    Peer at_gateway = asked(true);
    at_gateway.receives(hello);
    at_gateway.sends(opened + "server hello");
    client.receives("server hello");
    CHECK(proxy.early_connect().proof == Proof::carries);
  }
};

struct Proven : Fixture {
  explicit Proven(proxy::Limits limits = short_pauses(), std::size_t warm = 0)
      : Fixture(Mode::known, limits, warm) {
    knows();
    proves();
  }
};

TEST_CASE(
    "A host that the gateway has reached is answered at once, and its hello travels behind the CONNECT") {
  Fixture fixture;
  fixture.knows();
  Peer client = fixture.asks();
  client.receives(established);
  Peer at_gateway = fixture.asked(true);
  SECTION("after it") {
    client.sends(hello);
  }
  SECTION("in two segments") {
    client.sends(hello.substr(0, 100));
    CHECK(at_gateway.has_nothing_to_read());
    client.sends(hello.substr(100));
  }
  at_gateway.receives(hello);
  at_gateway.sends(opened + "answer");
  client.receives("answer");
  client.sends("up");
  at_gateway.receives("up");
  CHECK(fixture.proxy.early_connect().proof == Proof::carries);
}

TEST_CASE("A large hello, as with post-quantum key shares, travels whole") {
  Proven fixture;
  const std::string large = hello_of(1800);
  Peer client = fixture.proxy.client();
  client.sends(connect + large.substr(0, 700));
  client.receives(established);
  Peer at_gateway = fixture.asked(true);
  client.sends(large.substr(700));
  at_gateway.receives(large);
  at_gateway.sends(opened + "answer");
  client.receives("answer");
}

TEST_CASE("A hello that came with the CONNECT leaves in the same write") {
  Proven fixture;
  Peer client = fixture.proxy.client();
  client.sends(connect + hello);
  Peer at_gateway = fixture.asked(true);
  at_gateway.receives(hello);
  client.receives(established);
}

TEST_CASE("Unknown hosts, hosts that failed last time, and other modes wait for the gateway's answer") {
  SECTION("unknown") {
    Proven fixture;
    fixture.knows("other.site.test");
  }
  SECTION("off") {
    Fixture fixture(Mode::off);
    fixture.knows();
    fixture.knows();
  }
  SECTION("failed last time") {
    Proven fixture;
    Peer client = fixture.asks();
    client.receives(established);
    fixture.asked(true).sends("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    client.sees_reset();
    Peer again = fixture.asks();
    fixture.asked(false).sends("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    CHECK(again.reads_message().status == 502);
    fixture.knows();  // and the gateway reaches it
    fixture.proves();
  }
}

TEST_CASE("always begins with hosts that are not known") {
  Fixture fixture(Mode::always);
  fixture.proves();
  fixture.proves("other.site.test");
}

TEST_CASE("Until the gateway has shown that it carries early bytes, one tunnel at a time tries") {
  Fixture fixture;
  fixture.knows();
  fixture.knows("other.site.test");
  Peer probe = fixture.asks();
  probe.receives(established);
  Peer at_gateway = fixture.asked(true);
  fixture.knows("other.site.test");
  probe.sends(hello);
  at_gateway.receives(hello);
  at_gateway.sends(opened + "answer");
  probe.receives("answer");
  fixture.proves("other.site.test");
}

TEST_CASE("Only a ClientHello travels early") {
  Proven fixture;
  Peer client = fixture.asks();
  client.receives(established);
  Peer at_gateway = fixture.asked(true);
  SECTION("HTTP in the tunnel waits for the answer") {
    client.sends("GET / HTTP/1.1\r\n\r\n");
    fixture.knows("other.site.test");  // the loop has had time to read it
    CHECK(at_gateway.has_nothing_to_read());
    at_gateway.sends(opened);
    at_gateway.receives("GET / HTTP/1.1\r\n\r\n");
  }
  SECTION("what follows the hello waits, too, and goes on as soon as the answer has come") {
    client.sends(hello + "early data");
    at_gateway.receives(hello);
    fixture.knows("other.site.test");
    CHECK(at_gateway.has_nothing_to_read());
    at_gateway.sends(opened);
    at_gateway.receives("early data");
  }
  SECTION("what follows the hello after the answer") {
    client.sends(hello);
    at_gateway.receives(hello);
    at_gateway.sends(opened);
    fixture.knows("other.site.test");
    client.sends("more");
    at_gateway.receives("more");
  }
  SECTION("a client that ends its side behind the hello") {
    client.sends(hello);
    at_gateway.receives(hello);
    at_gateway.sends(opened);
    client.ends_sending();
    at_gateway.sees_end();
    at_gateway.sends("answer");
    client.receives("answer");
  }
  SECTION("a client that waits for the server's first bytes") {
    at_gateway.sends(opened + "220 hello\r\n");
    client.receives("220 hello\r\n");
    client.sends("HELO\r\n");
    at_gateway.receives("HELO\r\n");
  }
}

TEST_CASE(
    "What fails before the gateway's answer is tried again out of the client's sight, in the ordinary way") {
  Proven fixture;
  Peer client = fixture.asks();
  client.receives(established);
  client.sends(hello);
  Peer first = fixture.asked(true);
  first.receives(hello);
  SECTION("503") {
    first.sends("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    first.sees_end();  // never used again, whatever it answers to
  }
  SECTION("a reset") {
    first.resets();
  }
  SECTION("the end") {
    first.closes();
  }
  SECTION("silence") {}
  SECTION("other credentials") {
    first.sends(refusal);
    wait_until([&] { return fixture.account.times() == 1; });
    fixture.proxy.publish({"*.site.test"}, "other");
    fixture.proxy.on_loop(fixture.account.asked[0]);
  }
  SECTION("an end behind the 2xx, before the site's first byte") {
    first.sends(opened);
    first.closes();
  }
  Peer second = fixture.asked(false);
  CHECK(second.has_nothing_to_read());
  second.sends(opened);
  second.receives(hello);
  second.sends("answer");
  client.receives("answer");
}

TEST_CASE("A gateway that drops early bytes costs the first tunnels a moment, and then nothing: it is off") {
  proxy::Limits limits = short_pauses();
  limits.early_silence = std::chrono::milliseconds(50);
  Fixture fixture(Mode::known, limits);
  fixture.knows();
  for (int i = 0; i < 3; ++i) {
    CHECK(fixture.proxy.early_connect().proof == Proof::none);
    Peer client = fixture.asks();
    client.receives(established);
    client.sends(hello);
    Peer dropping = fixture.asked(true);
    dropping.receives(hello);
    dropping.sends(opened);
    Peer ordinary = fixture.asked(false);
    ordinary.sends(opened);
    ordinary.receives(hello);
    ordinary.sends("answer");
    client.receives("answer");
  }
  CHECK(fixture.proxy.early_connect().proof == Proof::drops);
  fixture.proxy.waits_for_log("does not forward what arrives behind a CONNECT");
  fixture.knows();
}

TEST_CASE("A slow site behind a proven gateway keeps its tunnel, and two of them in a row revoke the proof") {
  proxy::Limits limits = short_pauses();
  limits.early_silence = std::chrono::milliseconds(50);
  Proven fixture(limits);
  std::vector<Peer> kept;
  for (const Proof after : {Proof::carries, Proof::none}) {
    Peer client = fixture.asks();
    client.receives(established);
    client.sends(hello);
    Peer slow = fixture.asked(true);
    slow.receives(hello);
    slow.sends(opened);
    wait_until(
        [&] { return fixture.proxy.counters().of(rules::Route::gateway).tunnels == kept.size() / 2 + 3; });
    slow.sends("late");
    client.receives("late");
    CHECK(fixture.proxy.early_connect().proof == after);
    kept.push_back(std::move(client));
    kept.push_back(std::move(slow));
  }
}

TEST_CASE("A failure after the early answer is a reset for the client and an error in the log") {
  proxy::Limits limits = short_pauses();
  limits.gateway_tries = 1;
  Proven fixture(limits);
  Peer client = fixture.asks();
  client.receives(established);
  client.sends(hello);
  fixture.asked(true).sends("HTTP/1.1 402 Pay\r\nContent-Length: 0\r\n\r\n");
  client.sees_reset();
  fixture.proxy.waits_for_log("the client had its answer before the gateway's, and got a reset");
  CHECK(fixture.proxy.counters().of(rules::Route::gateway).failures == 1);
}

TEST_CASE("A gateway in trouble is not trusted with early bytes") {
  proxy::Limits limits = short_pauses();
  limits.gateway_tries = 1;
  Proven fixture(limits);
  Peer client = fixture.asks("other.site.test");
  fixture.asked(false).closes();
  CHECK(client.reads_message().status == 502);
  fixture.knows();  // ordinary, and it shows that the gateway works
  fixture.proves();
}

TEST_CASE("Another gateway has to show it anew") {
  Proven fixture;
  FakeServer other;
  fixture.proxy.set_gateway_port(other.port());
  fixture.proxy.publish({"*.site.test"});
  CHECK(fixture.proxy.early_connect().proof == Proof::none);
  CHECK(fixture.proxy.early_connect().known_hosts == 0);
}

TEST_CASE("A new rule that sends the host directly takes the hello along") {
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  Proxy proxy({.rules = {"*.site.test"},
               .gateway_port = gateway.port(),
               .dns_server = sandbox.dns(),
               .early_connect = Mode::always});
  Peer client = proxy.client();
  client.sends(connect_to_site("www.site.test").replace(21, 4, ":" + std::to_string(site.port())));
  client.receives(established);
  client.sends(hello);
  Peer at_gateway = gateway.accepts();
  at_gateway.reads_head();
  at_gateway.receives(hello);
  proxy.publish({});
  at_gateway.sends("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  Peer at_site = site.accepts();
  at_site.receives(hello);
  at_site.sends("answer");
  client.receives("answer");
}

TEST_CASE("SOCKS clients get their early answer, too") {
  Proven fixture;
  Peer client = fixture.proxy.client();
  client.sends(std::string("\x05\x01\x00", 3));
  client.receives(std::string("\x05\x00", 2));
  client.sends(std::string("\x05\x01\x00\x03\x0dwww.site.test\x01\xbb", 20));
  client.receives(std::string("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10));
  client.sends(hello);
  fixture.asked(true).receives(hello);
}

// The connections of a gateway of which some wait, warm, without a request.
class WarmGateway {
 public:
  explicit WarmGateway(FakeServer& server) : server_(server) {}

  /// The connection that a CONNECT arrives on.
  Peer asked() {
    auto found = open_.end();
    wait_until([&] {
      while (!server_.has_no_connection()) open_.push_back(server_.accepts());
      found = std::ranges::find_if(open_, [](Peer& peer) { return !peer.has_nothing_to_read(); });
      return found != open_.end();
    });
    Peer peer = std::move(*found);
    open_.erase(found);
    peer.reads_head();
    return peer;
  }

 private:
  FakeServer& server_;
  std::vector<Peer> open_;
};

TEST_CASE("A warm connection that dies of the early CONNECT costs a new one, not an error") {
  Fixture fixture(Mode::always, short_pauses(), 1);
  WarmGateway gateway(fixture.gateway);
  for (const bool dies : {false, true}) {
    Peer client = fixture.asks();
    client.receives(established);
    client.sends(hello);
    Peer at_gateway = gateway.asked();
    if (dies) {
      at_gateway.resets();
      at_gateway = gateway.asked();
    }
    at_gateway.receives(hello);
    at_gateway.sends(opened + "answer");
    client.receives("answer");
    wait_until([&] { return fixture.proxy.warm_connections() == 1; });
  }
}

}  // namespace
}  // namespace aluvia::test
