// Responses that come before the request is over: the response reaches the client whole, the body goes on to
// its end, and neither connection is taken for another message than it carries.
#include "proxy_fixture.hpp"

#include <future>
#include <thread>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::chrono::milliseconds brief{50};

proxy::Limits with_stall(std::chrono::milliseconds time) {
  proxy::Limits limits;
  limits.stall = time;
  return limits;
}

// A client that has sent the head of a request with a body, and a server that has read it: the site itself,
// or the gateway.
struct Fixture {
  FakeServer fake_server;
  bool is_direct;
  Proxy proxy;
  Peer client;
  Peer server{-1};

  explicit Fixture(const std::string& fields, proxy::Limits limits = {}, bool direct = true,
                   int server_buffer = 0)
      : fake_server(64, server_buffer),
        is_direct(direct),
        proxy({.limits = limits,
               .rules = direct ? std::vector<std::string>{} : std::vector<std::string>{"*"},
               .gateway_port = fake_server.port()}),
        client(proxy.client()) {
    client.sends(request("POST", "/", fields));
    server = fake_server.accepts();
    server.reads_head();
  }

  std::string request(const std::string& method, const std::string& path,
                      const std::string& fields = {}) const {
    const std::string host = is_direct ? fake_server.authority() : "www.site.test";
    return method + " http://" + host + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n";
  }

  void answers(const std::string& answer = ok) {
    server.sends(answer);
    client.receives(answer);
  }

  // Both connections carry another request.
  void carries_the_next_request() {
    CHECK(server.reads_head().find("/next HTTP/1.1\r\n") != std::string::npos);
    answers();
    CHECK(fake_server.has_no_connection());
  }

  // A reader of the body as requests would have connected once more.
  void expect_nothing_smuggled() {
    CHECK(proxy.log().find("smuggled") == std::string::npos);
    CHECK(fake_server.has_no_connection());
  }
};

// Sends until nothing more fits anywhere on the way.
void fills(Peer& client) {
  const std::string block(1 << 20, 'x');
  for (std::size_t quiet = 0; quiet < 50;) {
    quiet = client.stuffs(block) == 0 ? quiet + 1 : 0;
    if (quiet > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST_CASE("A body that comes after the whole response reaches the server, and both connections live on") {
  const bool direct = GENERATE(true, false);
  SECTION("with a length") {
    Fixture fixture("Content-Length: 10\r\n", {}, direct);
    fixture.answers();
    fixture.client.sends("0123456789" + fixture.request("GET", "/next"));
    fixture.server.receives("0123456789");
    fixture.carries_the_next_request();
  }
  SECTION("in chunks with trailers, whose end comes together with the next request") {
    Fixture fixture("Transfer-Encoding: chunked\r\n", {}, direct);
    fixture.client.sends("3\r\nab");
    fixture.server.receives("3\r\nab");
    fixture.answers();
    fixture.client.sends("c\r\n0\r\nX-Sum: 1\r\n\r\n" + fixture.request("GET", "/next"));
    fixture.server.receives("c\r\n0\r\nX-Sum: 1\r\n\r\n");
    fixture.carries_the_next_request();
  }
  SECTION("of 20 MB") {
    const std::string bytes = numbered(20'000'000);
    Fixture fixture("Content-Length: 20000000\r\n", {}, direct);
    fixture.answers();
    auto sending = std::async(std::launch::async, [&] {
      return fixture.client.could_send(bytes + fixture.request("GET", "/next"));
    });
    CHECK((fixture.server.reads(bytes.size()) == bytes));
    CHECK(sending.get());
    fixture.carries_the_next_request();
  }
}

TEST_CASE("A rejection that comes first does not end the upload, and the server may close after it") {
  Fixture fixture("Content-Length: 4\r\n");
  fixture.server.sends("HTTP/1.1 413 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  fixture.client.receives("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno");
  fixture.client.sends("body");
  fixture.server.receives("body");
  fixture.server.sees_end();
  fixture.server.closes();
  fixture.client.sends(fixture.request("GET", "/next"));
  fixture.server = fixture.fake_server.accepts();
  fixture.carries_the_next_request();
}

TEST_CASE("A response without a length ends for the client at once, and its body still goes up") {
  SECTION("which is read until the server closes its side") {
    Fixture fixture("Content-Length: 10\r\n");
    fixture.client.sends("half ");
    fixture.server.sends("HTTP/1.1 200 OK\r\n\r\nthe answer");
    fixture.server.ends_sending();
    CHECK(fixture.client.read_to_end().bytes == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nthe answer");
    fixture.client.sends("a body");
    CHECK(fixture.server.read_to_end().bytes == "half a bod");
  }
  SECTION("whose chunks are removed for a client of HTTP/1.0") {
    FakeServer site;
    Proxy proxy;
    Peer client = proxy.client();
    client.sends("POST http://" + site.authority() + "/ HTTP/1.0\r\nContent-Length: 4\r\n\r\n");
    Peer server = site.accepts();
    server.reads_head();
    server.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    CHECK(client.read_to_end().bytes.ends_with("\r\n\r\nok"));
    client.sends("body");
    server.receives("body");
  }
}

TEST_CASE(
    "A server that answers and goes away does not take its answer along, nor makes requests of the body") {
  const bool by_reset = GENERATE(false, true);
  Fixture fixture("Content-Length: 100000000\r\n", {}, true, 4096);
  fills(fixture.client);
  {
    const auto hold = fixture.proxy.hold();  // the answer and the end come at once
    fixture.server.sends(ok);
    if (by_reset) {
      fixture.server.resets();
    } else {
      fixture.server.closes();  // unread bytes make it a reset
    }
  }
  const Message answer = fixture.client.reads_message();
  CHECK(answer.body == "ok");
  (void)fixture.client.could_send(std::string(10'000'000, 'x') + fixture.request("GET", "/smuggled"));
  fixture.client.sees_end();
  fixture.expect_nothing_smuggled();
}

TEST_CASE("A server that goes away behind its answer ends a body that does not come") {
  Fixture fixture("Content-Length: 10\r\n");
  fixture.answers();
  fixture.server.resets();
  fixture.client.sees_end();
}

TEST_CASE(
    "A server that answers and then neither reads nor closes holds nothing longer than the stall limit") {
  Fixture fixture("Content-Length: 100000000\r\n", with_stall(4 * brief), true, 4096);
  fixture.server.sends("HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  fixture.client.reads_head();
  fills(fixture.client);
  fixture.client.sees_end();
  fixture.server.read_to_end();
}

TEST_CASE("A client that stops its upload behind the answer ends both connections") {
  Fixture fixture("Transfer-Encoding: chunked\r\n", with_stall(4 * brief));
  fixture.client.sends("5\r\nabc");
  fixture.server.receives("5\r\nabc");
  fixture.answers();
  SECTION("by closing") {
    fixture.client.closes();
  }
  SECTION("by a reset") {
    fixture.client.resets();
  }
  SECTION("by silence") {
    fixture.client.sees_end();
  }
  SECTION("by an end of its side alone") {
    fixture.client.ends_sending();
    fixture.client.sees_end();
  }
  SECTION("by nonsense, to which there is no second answer") {
    fixture.client.sends("de\r\nnonsense\r\n\r\n" + fixture.request("GET", "/smuggled"));
    fixture.client.sees_end();
  }
  CHECK(fixture.server.read_to_end().bytes == "");
  fixture.expect_nothing_smuggled();
}

TEST_CASE("A client that has sent everything may leave: the body still arrives whole") {
  const std::string bytes = numbered(3'000'000);
  Fixture fixture("Content-Length: 3000000\r\n", {}, true, 64 * 1024);
  fixture.answers();
  auto sending = std::async(std::launch::async, [&] { return fixture.client.could_send(bytes); });
  std::string got = fixture.server.reads(100'000);
  fixture.proxy.counters();
  auto rest = std::async(std::launch::async, [&] { return fixture.server.reads(bytes.size() - got.size()); });
  CHECK(sending.get());
  fixture.client.closes();
  CHECK((got + rest.get() == bytes));
}

TEST_CASE("A final response instead of 100 (Continue): the body may follow or not, and the connection ends") {
  proxy::Limits limits;
  limits.linger = brief;
  Fixture fixture("Content-Length: 60\r\nExpect: 100-continue\r\n", limits);
  SECTION("it does not follow") {
    fixture.server.sends("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
    fixture.client.receives("HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    fixture.client.sees_end();
    CHECK(fixture.server.read_to_end().bytes == "");
  }
  SECTION("it follows") {
    fixture.server.sends(ok);
    CHECK(fixture.client.reads_message().field("Connection") == "close");
    fixture.client.sends(std::string(60, 'x'));
    fixture.server.receives(std::string(60, 'x'));
    fixture.client.sees_end();
  }
  SECTION("another request follows, which is the body for the server too") {
    fixture.server.sends("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
    fixture.client.reads_head();
    fixture.client.sends(fixture.request("GET", "/smuggled"));
    CHECK(fixture.server.reads(60) == fixture.request("GET", "/smuggled").substr(0, 60));
    fixture.client.sees_end();
  }
  SECTION("it had begun before") {
    fixture.client.sends("x");
    fixture.server.receives("x");
    fixture.answers();
    fixture.client.sends(std::string(59, 'x') + fixture.request("GET", "/next"));
    fixture.server.receives(std::string(59, 'x'));
    fixture.carries_the_next_request();
  }
  SECTION("100 came before, so that it follows") {
    fixture.answers("HTTP/1.1 100 Continue\r\n\r\n");
    fixture.answers();
    fixture.client.sends(std::string(60, 'x') + fixture.request("GET", "/next"));
    fixture.server.receives(std::string(60, 'x'));
    fixture.carries_the_next_request();
  }
  fixture.expect_nothing_smuggled();
}

TEST_CASE("An upload behind its answer is finished in the grace time of a stop, and cut after it") {
  Fixture fixture("Content-Length: 10\r\n");
  fixture.answers();
  fixture.client.sends("01234");
  fixture.server.receives("01234");
  SECTION("finished") {
    fixture.proxy.stop(std::chrono::seconds(60));
    fixture.client.sends("56789");
    fixture.server.receives("56789");
    fixture.client.sees_end();
    fixture.client.closes();
  }
  SECTION("cut") {
    fixture.proxy.stop(std::chrono::milliseconds::zero());
    fixture.client.read_to_end();
    CHECK(fixture.server.read_to_end().bytes == "");
  }
  fixture.proxy.waits_until_stopped();
}

TEST_CASE(
    "A change of the rules behind the answer leaves the upload on its way, and sends the next request anew") {
  Fixture fixture("Content-Length: 10\r\n", {}, false);
  fixture.answers();
  fixture.proxy.publish({"*"}, "other");
  fixture.client.sends("0123456789");
  fixture.server.receives("0123456789");
  fixture.client.sends(fixture.request("GET", "/next"));
  Peer other = fixture.fake_server.accepts();
  CHECK(other.reads_head().find("/next HTTP/1.1\r\n") != std::string::npos);
  fixture.server.sees_end();
}

}  // namespace
}  // namespace aluvia::test
