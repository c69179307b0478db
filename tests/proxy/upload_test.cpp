// Request bodies: nothing may lock up, and no byte of a body may ever be taken for a request. Responses that
// come while a body is still on its way: early_answer_test.cpp.
#include "proxy_fixture.hpp"

#include <future>
#include <thread>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

struct Fixture {
  FakeServer fake_server;
  Proxy proxy;
  Peer client;
  Peer server{-1};

  explicit Fixture(const std::string& fields, proxy::Limits limits = {}, int server_buffer = 0)
      : fake_server(64, server_buffer), proxy({.limits = limits}), client(proxy.client()) {
    client.sends("POST http://" + fake_server.authority() + "/ HTTP/1.1\r\nHost: " + fake_server.authority() +
                 "\r\n" + fields + "\r\n");
    server = fake_server.accepts();
    CHECK(server.reads_head() ==
          "POST / HTTP/1.1\r\nHost: " + fake_server.authority() + "\r\n" + fields + "\r\n");
  }
};

TEST_CASE("A body streams while the client is still sending it") {
  Fixture fixture("Content-Length: 6\r\n");
  fixture.client.sends("abc");
  fixture.server.receives("abc");
  fixture.client.sends("def");
  fixture.server.receives("def");
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(fixture.client.reads_message().status == 200);
}

TEST_CASE("A chunked body goes up byte for byte, with extensions and trailers") {
  Fixture fixture("Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n");
  const std::string body = "0003;x=\"y\"\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n";
  for (const char c : body) fixture.client.sends({&c, 1});
  fixture.server.receives(body);
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("100-continue is asked for and granted end to end") {
  Fixture fixture("Content-Length: 4\r\nExpect: 100-continue\r\n");
  fixture.server.sends("HTTP/1.1 100 Continue\r\n\r\n");
  fixture.client.receives("HTTP/1.1 100 Continue\r\n\r\n");
  fixture.client.sends("body");
  fixture.server.receives("body");
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("A large upload arrives whole while its echo streams back") {
  const std::string bytes = numbered(20'000'000);
  Fixture fixture("Content-Length: " + std::to_string(bytes.size()) + "\r\n");
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes.size()) + "\r\n\r\n");
  auto written = std::async(std::launch::async, [&] { return fixture.client.could_send(bytes); });
  auto echoed = std::async(std::launch::async, [&] {
    for (std::size_t done = 0; done < bytes.size();) {
      const std::size_t piece = std::min<std::size_t>(100'000, bytes.size() - done);
      if (!fixture.server.could_send(fixture.server.reads(piece))) return false;
      done += piece;
    }
    return true;
  });
  fixture.client.reads_head();
  CHECK((fixture.client.reads(bytes.size()) == bytes));
  CHECK(written.get());
  CHECK(echoed.get());
}

TEST_CASE("A bad chunk is answered with 400, and the server never sees a complete request") {
  SECTION("behind good ones") {
    Fixture fixture("Transfer-Encoding: chunked\r\n");
    fixture.client.sends("3\r\nabc\r\n");
    fixture.server.receives("3\r\nabc\r\n");
    fixture.client.sends("0x3\r\nabc\r\n0\r\n\r\n");
    CHECK(fixture.client.reads_message().status == 400);
    CHECK(fixture.server.read_to_end().bytes == "");
    fixture.client.sees_end();
  }
  SECTION("with the head") {
    Proxy proxy;
    FakeServer site;
    Peer client = proxy.client();
    client.sends("POST http://" + site.authority() +
                 "/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n");
    CHECK(client.reads_message().status == 400);
    CHECK(site.has_no_connection());
  }
  SECTION("after the response has begun") {
    Fixture fixture("Transfer-Encoding: chunked\r\n");
    fixture.client.sends("3\r\nabc\r\n");
    fixture.server.receives("3\r\nabc\r\n");
    fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal");
    fixture.client.reads_head();
    fixture.client.receives("hal");
    fixture.client.sends("nonsense\r\n0\r\n\r\n");
    CHECK(fixture.server.read_to_end().bytes == "");
    fixture.client.sees_reset();
  }
}

TEST_CASE("A bad chunk that comes with an interim response is still answered with 400, at once") {
  Fixture fixture("Transfer-Encoding: chunked\r\n");
  {
    const auto hold = fixture.proxy.hold();
    fixture.server.sends("HTTP/1.1 102 Processing\r\n\r\n");
    fixture.client.sends("nonsense\r\n");
  }
  const Ending ending = fixture.client.read_to_end();
  CHECK(ending.bytes.find("HTTP/1.1 400 Bad Request\r\n") != std::string::npos);
  CHECK(fixture.server.read_to_end().bytes == "");
}

TEST_CASE("A bad chunk is answered with 400 even where interim responses wait for the client to read them") {
  FakeServer fake_server;
  Proxy proxy;
  Peer client = proxy.client(2048);
  client.sends("GET http://" + fake_server.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer server = fake_server.accepts();
  server.reads_head();
  // The first response leaves what the kernel keeps for the client nearly full.
  auto filling = std::async(std::launch::async, [&server] {
    return server.could_send("HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n" +
                             std::string(8'000'000, 'x'));
  });
  // Told once the last of it is written, which the client may be as quick to read.
  for (std::size_t got = 0; proxy.log().find(" 200: ") == std::string::npos;) {
    if (got < 7'990'000) got += client.reads(1000).size();
  }
  CHECK(filling.get());

  client.sends("POST http://" + fake_server.authority() +
               "/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  server.reads_head();
  std::string interim;
  for (int i = 0; i < 30; ++i)
    interim += "HTTP/1.1 103 Early\r\nLink: " + std::string(60'000, 'x') + "\r\n\r\n";
  auto sending = std::async(std::launch::async, [&] { return server.could_send(interim); });
  for (int i = 0; i < 50; ++i) (void)proxy.counters();  // the loop has seen what fits
  client.sends("nonsense\r\n");
  for (int i = 0; i < 3; ++i) (void)proxy.counters();
  CHECK(client.read_to_end().bytes.find("HTTP/1.1 400 Bad Request\r\n") != std::string::npos);
  sending.get();
}

TEST_CASE("A client that vanishes in the middle of its upload takes the upstream connection with it") {
  for (const bool by_reset : {false, true}) {
    for (const std::string framing : {"Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"}) {
      INFO(framing << by_reset);
      Fixture fixture(framing);
      fixture.client.sends("3\r\nab");
      fixture.server.receives("3\r\nab");
      if (by_reset) {
        fixture.client.resets();
      } else {
        fixture.client.closes();
      }
      CHECK(fixture.server.read_to_end().bytes == "");
      CHECK(fixture.fake_server.has_no_connection());
    }
  }
}

TEST_CASE("A client that vanishes while the response streams takes the upstream connection with it") {
  Fixture fixture("Content-Length: 1\r\n");
  fixture.client.sends("x");
  fixture.server.receives("x");
  fixture.server.sends("HTTP/1.1 200 OK\r\n\r\n");
  fixture.client.reads_head();
  fixture.client.resets();
  while (fixture.server.could_send(std::string(10'000, 'x'))) {
  }
}

TEST_CASE("A server that does not read an upload holds the client up instead of filling our memory") {
  Fixture fixture("Content-Length: 1000000000\r\n", {}, 4096);
  const std::string block = numbered(1 << 20);
  std::size_t sent = 0;
  std::size_t quiet = 0;
  while (sent < (64U << 20) && quiet < 200) {
    const std::size_t put = fixture.client.stuffs(block);
    sent += put;
    quiet = put == 0 ? quiet + 1 : 0;
    if (put == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(sent < (32U << 20));
}

TEST_CASE("A client that does not read its response holds the server up instead of filling our memory") {
  FakeServer fake_server;
  Proxy proxy;
  Peer client = proxy.client(4096);
  client.sends("GET http://" + fake_server.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer server = fake_server.accepts();
  server.reads_head();
  server.sends("HTTP/1.1 200 OK\r\n\r\n");
  const std::string block = numbered(1 << 20);
  std::string sent;
  std::size_t quiet = 0;
  while (sent.size() < (64U << 20) && quiet < 200) {
    const std::size_t put = server.stuffs(block);
    sent += block.substr(0, put);
    quiet = put == 0 ? quiet + 1 : 0;
    if (put == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(sent.size() < (32U << 20));
  server.closes();
  client.reads_head();
  CHECK((client.read_to_end().bytes == sent));
}

TEST_CASE("Requests whose framing can be read in two ways are rejected, and nothing is dialed") {
  struct Row {
    const char* fields;
    int status;
  };
  for (const Row& row :
       {Row{"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400},
        Row{"Content-Length: 3\r\nContent-Length: 3\r\n", 400}, Row{"Content-Length: 3, 3\r\n", 400},
        Row{"Content-Length: -1\r\n", 400}, Row{"Content-Length: 99999999999999999999\r\n", 400},
        Row{"Transfer-Encoding: gzip, chunked\r\n", 501}, Row{"Transfer-Encoding: identity\r\n", 400},
        Row{"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400}}) {
    INFO(row.fields);
    Proxy proxy;
    FakeServer site;
    Peer client = proxy.client();
    client.sends("POST http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + row.fields + "\r\nabc");
    CHECK(client.reads_message().status == row.status);
    client.sees_end();
    CHECK(site.has_no_connection());
  }
}

}  // namespace
}  // namespace aluvia::test
