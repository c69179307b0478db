// Responses that sites send although they break the grammar reach the client in a form that all readers parse
// alike.
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

// A request whose server has read it.
struct Asked {
  FakeServer fake_server;
  Proxy proxy;
  Peer client = proxy.client();
  Peer server{-1};

  explicit Asked(const std::string& method = "GET", const std::string& version = "1.1") {
    ask(method, version);
    server = fake_server.accepts();
    server.reads_head();
  }

  void ask(const std::string& method = "GET", const std::string& version = "1.1") {
    client.sends(method + " http://" + fake_server.authority() + "/ HTTP/" + version + "\r\nHost: x\r\n\r\n");
  }

  // Both connections carry one more exchange.
  void expect_kept() {
    ask();
    server.reads_head();
    server.sends("HTTP/1.1 200 Still here\r\nContent-Length: 0\r\n\r\n");
    client.receives("HTTP/1.1 200 Still here\r\nContent-Length: 0\r\n\r\n");
  }
};

const std::string ok = "HTTP/1.1 200 OK\r\n";

TEST_CASE("A head whose lines end in LF alone, all or some, reaches the client with CRLF") {
  for (const std::string head : {"HTTP/1.1 200 OK\nX-A: b\nContent-Length: 5\n\n",
                                 "HTTP/1.1 200 OK\r\nX-A: b\nContent-Length: 5\n\r\n",
                                 "HTTP/1.1 200 OK\nX-A: b\r\nContent-Length: 5\r\n\n"}) {
    for (const bool bytewise : {false, true}) {
      INFO(head << bytewise);
      Asked asked;
      const std::string response = head + "\nab\n\n";
      if (bytewise) {
        for (const char c : response) asked.server.sends({&c, 1});
      } else {
        asked.server.sends(response);
      }
      asked.client.receives(ok + "X-A: b\r\nContent-Length: 5\r\n\r\n\nab\n\n");
      asked.expect_kept();
    }
  }
}

TEST_CASE("An interim head with LF alone is passed on, and the final one behind it is found") {
  Asked asked;
  asked.server.sends("HTTP/1.1 103 Early Hints\nLink: </a>\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\n");
  asked.client.receives("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n");
  asked.expect_kept();
}

TEST_CASE("White space before a colon is removed, also where the field frames the body") {
  Asked asked;
  asked.server.sends(ok + "X-A : b\r\nContent-Length \t: 2\r\n\r\nok");
  asked.client.receives(ok + "X-A: b\r\nContent-Length: 2\r\n\r\nok");
  asked.expect_kept();
}

TEST_CASE("Status codes from 600 to 999 reach the client") {
  for (const std::string status : {"600", "720 Odd", "999 Request denied"}) {
    Asked asked;
    asked.server.sends("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\nok");
    const Message answer = asked.client.reads_message();
    CHECK(answer.status == std::stoi(status.substr(0, 3)));
    CHECK(answer.body == "ok");
    asked.expect_kept();
  }
}

TEST_CASE("A response with 1,000 fields reaches the client whole") {
  Asked asked;
  std::string fields;
  for (int i = 0; i < 999; ++i) fields += "Set-Cookie: name" + std::to_string(i) + "=a\r\n";
  asked.server.sends(ok + fields + "Content-Length: 0\r\n\r\n");
  asked.client.receives(ok + fields + "Content-Length: 0\r\n\r\n");
  asked.expect_kept();
}

TEST_CASE("The transfer coding identity is ignored, and no client sees it") {
  SECTION("with a length") {
    Asked asked;
    asked.server.sends(ok + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok");
    asked.client.receives(ok + "Content-Length: 2\r\n\r\nok");
    asked.expect_kept();
  }
  SECTION("until close") {
    Asked asked;
    asked.server.sends(ok + "Transfer-Encoding: Identity\r\n\r\nok");
    asked.server.closes();
    asked.client.receives(ok + "Connection: close\r\n\r\nok");
    asked.client.sees_end();
  }
  SECTION("before chunked") {
    Asked asked;
    asked.server.sends(ok + "Transfer-Encoding: identity, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    asked.client.receives(ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    asked.expect_kept();
  }
  SECTION("in a field of its own, to a client that reads no chunks") {
    Asked asked("GET", "1.0");
    asked.server.sends(
        ok + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    asked.client.receives(ok + "Connection: close\r\n\r\nok");
    asked.client.sees_end();
  }
  SECTION("in the answer to HEAD") {
    Asked asked("HEAD");
    asked.server.sends(ok + "Transfer-Encoding: identity, chunked\r\n\r\n");
    asked.client.receives(ok + "Transfer-Encoding: chunked\r\n\r\n");
    asked.expect_kept();
  }
  SECTION("in a 204 and a 304") {
    for (const std::string line : {"HTTP/1.1 204 No Content\r\n", "HTTP/1.1 304 Not Modified\r\n"}) {
      Asked asked;
      asked.server.sends(line + "Transfer-Encoding: identity\r\n\r\n");
      asked.client.receives(line + "\r\n");
      asked.expect_kept();
    }
  }
}

TEST_CASE("Trailers that must not be there are dropped, and the response is whole") {
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n";
  const std::string trailers =
      "Set-Cookie: a=b\r\nContent-Length: 7\r\nX-Sum: 1\r\nHost: x\r\nWWW-Authenticate: Basic\r\nX-End : "
      "2\r\n";
  for (const bool bytewise : {false, true}) {
    Asked asked;
    const std::string body = "2;a=b\r\nok\r\n0\r\n" + trailers + "\r\n";
    asked.server.sends(chunked + "\r\n");
    asked.client.receives(chunked + "\r\n");
    if (bytewise) {
      for (const char c : body) asked.server.sends({&c, 1});
    } else {
      asked.server.sends(body);
    }
    asked.client.receives("2;a=b\r\nok\r\n0\r\nX-Sum: 1\r\nX-End: 2\r\n\r\n");
    asked.expect_kept();
  }
  Asked old("GET", "1.0");
  old.server.sends(chunked + "\r\n2\r\nok\r\n0\r\n" + trailers + "\r\n");
  old.client.receives(ok + "Connection: close\r\n\r\nok");
  old.client.sees_end();
}

}  // namespace
}  // namespace aluvia::test
