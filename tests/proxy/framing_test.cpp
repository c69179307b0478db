// Responses in every framing, whole and broken: what is broken never looks complete.
#include "proxy_fixture.hpp"

#include <cstdio>
#include <thread>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

// A request whose server has read it.
struct Fixture {
  FakeServer fake_server;
  Proxy proxy;
  Peer client{-1};
  Peer server{-1};

  explicit Fixture(const std::string& method = "GET", const std::string& version = "1.1",
                   const std::string& fields = {}, proxy::Limits limits = {})
      : proxy({.limits = limits}), client(proxy.client()) {
    client.sends(request(method, version, fields));
    server = fake_server.accepts();
    server.reads_head();
  }

  std::string request(const std::string& method = "GET", const std::string& version = "1.1",
                      const std::string& fields = {}) const {
    return method + " http://" + fake_server.authority() + "/ HTTP/" + version +
           "\r\nHost: " + fake_server.authority() + "\r\n" + fields + "\r\n";
  }

  // The same connections, at both ends, carry one more exchange.
  void is_kept() {
    client.sends(request());
    server.reads_head();
    server.sends("HTTP/1.1 200 Still here\r\nContent-Length: 2\r\n\r\nok");
    client.receives("HTTP/1.1 200 Still here\r\nContent-Length: 2\r\n\r\nok");
  }
};

TEST_CASE("A response with a length goes through, and both connections are kept") {
  Fixture fixture;
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  fixture.is_kept();
}

TEST_CASE("A response may come byte by byte") {
  Fixture fixture;
  const std::string response =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n";
  for (const char c : response) fixture.server.sends({&c, 1});
  fixture.client.receives(response);
  fixture.is_kept();
}

TEST_CASE("Chunks, extensions and trailers go through byte for byte") {
  Fixture fixture;
  const std::string response =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
      "0005;name=\"va;lue\"\r\nhello\r\n1\r\n!\r\n000;last\r\nX-Sum: 1\r\nX-Other:  two \r\n\r\n";
  fixture.server.sends(response);
  fixture.client.receives(response);
  fixture.is_kept();
}

TEST_CASE("A response until close ends with the connection") {
  Fixture fixture;
  fixture.server.sends("HTTP/1.1 200 OK\r\n\r\nas long as ");
  fixture.client.receives("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nas long as ");
  fixture.server.sends("it takes");
  fixture.server.closes();
  fixture.client.receives("it takes");
  fixture.client.sees_end();
}

TEST_CASE("Responses without a body need no length, whatever they say") {
  for (const std::string response : {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n",
                                     "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n",
                                     "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    INFO(response);
    Fixture fixture;
    fixture.server.sends(response);
    fixture.client.receives(response);
    fixture.is_kept();
  }
}

TEST_CASE("A 204 that announces a body loses the announcement, and its connection carries nothing more") {
  for (const std::string field : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    INFO(field);
    Fixture fixture;
    fixture.server.sends("HTTP/1.1 204 No Content\r\n" + field + "\r\n");
    fixture.client.receives("HTTP/1.1 204 No Content\r\n\r\n");
    fixture.client.sends(fixture.request());
    Peer fresh = fixture.fake_server.accepts();
    fresh.reads_head();
  }
}

TEST_CASE("An interim response that announces a body becomes a 502") {
  for (const std::string field : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    INFO(field);
    Fixture fixture;
    fixture.server.sends("HTTP/1.1 103 Early Hints\r\n" + field + "\r\n");
    CHECK(fixture.client.reads_head().starts_with("HTTP/1.1 502 "));
  }
}

TEST_CASE("The answer to HEAD has no body, whatever it says") {
  for (const std::string field : {"Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
    INFO(field);
    Fixture fixture("HEAD");
    fixture.server.sends("HTTP/1.1 200 OK\r\n" + field + "\r\n");
    fixture.client.receives("HTTP/1.1 200 OK\r\n" + field + "\r\n");
    fixture.is_kept();
  }
}

TEST_CASE("Interim responses are passed on as they come") {
  Fixture fixture;
  fixture.server.sends("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  fixture.client.receives("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  fixture.server.sends("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  fixture.client.receives("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  fixture.is_kept();
}

TEST_CASE("An HTTP/1.0 client gets no interim responses, no chunks, and an end") {
  Fixture fixture("GET", "1.0");
  fixture.server.sends(
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\nX: "
      "y\r\n\r\n"
      "5;e\r\nhello\r\n");
  fixture.client.receives("HTTP/1.1 200 OK\r\nX: y\r\nConnection: close\r\n\r\nhello");
  fixture.server.sends("6\r\n world\r\n0\r\nT: u\r\n\r\n");
  fixture.client.receives(" world");
  fixture.client.sees_end();
}

TEST_CASE("An HTTP/1.0 client is not kept, also where it asks for that and the length is known") {
  Fixture fixture("GET", "1.0", "Connection: keep-alive\r\n");
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  fixture.client.sees_end();
  Peer next = fixture.proxy.client();  // the server's connection may serve another client
  next.sends(fixture.request());
  fixture.server.reads_head();
}

TEST_CASE("A second request that an HTTP/1.0 client sends behind its first reaches no server") {
  Fixture fixture("GET", "1.0", "Connection: keep-alive\r\n");
  fixture.client.sends(fixture.request());
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  fixture.client.sees_end();
  CHECK(fixture.server.has_nothing_to_read());
  CHECK(fixture.fake_server.has_no_connection());
}

TEST_CASE("An HTTP/1.0 server is kept only where it says so") {
  SECTION("it does") {
    Fixture fixture;
    fixture.server.sends("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
    fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    fixture.is_kept();
  }
  SECTION("it does not") {
    Fixture fixture;
    fixture.server.sends("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
    fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    fixture.server.sees_end();
    fixture.client.sends(fixture.request());
    fixture.server = fixture.fake_server.accepts();
    fixture.server.reads_head();
  }
}

TEST_CASE("A response that says close does not close the client's connection") {
  Fixture fixture;
  fixture.server.sends("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  fixture.server.sees_end();
  fixture.client.sends(fixture.request());
  fixture.server = fixture.fake_server.accepts();
  fixture.server.reads_head();
}

TEST_CASE("A client that asked for close sees the end behind the response") {
  Fixture fixture("GET", "1.1", "Connection: close\r\n");
  fixture.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  fixture.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  fixture.client.sees_end();
}

// ---- broken ones

TEST_CASE("A response that is not valid HTTP becomes a 502") {
  for (const std::string response :
       {"hello\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 200 OK\rX: y\r\r",
        "HTTP/1.1 200 OK\r\nX y\r\n\r\n", "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y\n folded\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n"}) {
    INFO(response);
    Fixture fixture;
    fixture.server.sends(response);
    const Message answer = fixture.client.reads_message();
    CHECK(answer.status == 502);
    CHECK(answer.head.find("error=http_protocol_error") != std::string::npos);
    CHECK(fixture.client.read_to_end().bytes == "");
    fixture.server.read_to_end();
  }
}

TEST_CASE("Heads beyond the limit and interim responses without end become a 502") {
  Fixture fixture;
  SECTION("head") {
    (void)fixture.server.could_send("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'));
  }
  SECTION("fields") {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 1001; ++i) head += "X: y\r\n";
    (void)fixture.server.could_send(head + "\r\n");
  }
  SECTION("interim") {
    for (int i = 0; i < 100; ++i) {
      if (!fixture.server.could_send("HTTP/1.1 102 Processing\r\n\r\n")) break;
    }
  }
  const Ending ending = fixture.client.read_to_end();
  CHECK(ending.bytes.find("HTTP/1.1 502 Bad Gateway\r\n") != std::string::npos);
}

TEST_CASE("A server that ends before its response is reported as such") {
  SECTION("no byte") {
    Fixture fixture;
    fixture.server.closes();
    const Message answer = fixture.client.reads_message();
    CHECK(answer.status == 502);
    CHECK(answer.head.find("error=connection_terminated") != std::string::npos);
  }
  SECTION("a part of the head") {
    Fixture fixture;
    fixture.server.sends("HTTP/1.1 200 OK\r\nContent-");
    fixture.server.closes();
    const Message answer = fixture.client.reads_message();
    CHECK(answer.status == 502);
    CHECK(answer.head.find("error=http_response_incomplete") != std::string::npos);
  }
  SECTION("a reset") {
    Fixture fixture;
    fixture.server.resets();
    CHECK(fixture.client.reads_message().status == 502);
  }
}

TEST_CASE("A response that ends early is cut, by a reset") {
  for (const std::string part :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"}) {
    for (const bool by_reset : {false, true}) {
      INFO(part << by_reset);
      Fixture fixture;
      fixture.server.sends(part);
      fixture.client.receives(part);
      if (by_reset) {
        fixture.server.resets();
      } else {
        fixture.server.closes();
      }
      fixture.client.sees_reset();
    }
  }
}

TEST_CASE("A body until close that ends by a reset is no complete body") {
  Fixture fixture;
  fixture.server.sends("HTTP/1.1 200 OK\r\n\r\nhalf");
  fixture.client.reads_head();
  fixture.client.receives("half");
  fixture.server.resets();
  fixture.client.sees_reset();
}

TEST_CASE("Chunks that an HTTP/1.0 client gets as a stream do not end by an orderly end when they are cut") {
  Fixture fixture("GET", "1.0");
  fixture.server.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  fixture.client.reads_head();
  fixture.client.receives("hello");
  SECTION("ended") {
    fixture.server.closes();
  }
  SECTION("malformed") {
    fixture.server.sends("garbage\r\n");
  }
  fixture.client.sees_reset();
}

TEST_CASE("A bad chunk behind good ones cuts the response") {
  Fixture fixture;
  fixture.server.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  fixture.client.reads_head();
  fixture.client.receives("5\r\nhello\r\n");
  fixture.server.sends("xyz\r\n");
  fixture.client.sees_reset();
  fixture.server.read_to_end();
}

TEST_CASE("A large body arrives whole, in every framing") {
  const std::string bytes = numbered(9'000'001);
  const auto served = [&bytes](const std::string& response) {
    Fixture fixture;
    std::thread writer([&] {
      (void)fixture.server.could_send(response);
      fixture.server.ends_sending();
    });
    fixture.client.reads_head();
    const std::string body = response.substr(response.find("\r\n\r\n") + 4);
    const std::string got = fixture.client.reads(body.size());
    writer.join();
    CHECK((got == body));
  };
  SECTION("length") {
    served("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes.size()) + "\r\n\r\n" + bytes);
  }
  SECTION("until close") {
    served("HTTP/1.1 200 OK\r\n\r\n" + bytes);
  }
  SECTION("chunked") {
    std::string response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0, size = 1; at < bytes.size(); at += size, size = size * 3 % 700'001) {
      char digits[20];
      const std::string piece = bytes.substr(at, size);
      (void)std::snprintf(digits, sizeof digits, "%zx\r\n", piece.size());
      response += digits + piece + "\r\n";
    }
    served(response + "0\r\nX-Trailer: yes\r\n\r\n");
  }
}

}  // namespace
}  // namespace aluvia::test
