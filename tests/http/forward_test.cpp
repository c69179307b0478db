// Tests of forwarded heads.
#include "forwarding.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::http;

TEST_CASE("An origin gets the path, the gateway the whole target and the credential") {
  const std::string came = "GET http://a.com:8080/x?y=1 HTTP/1.1\r\nHost: a.com:8080\r\nAccept: */*\r\n\r\n";
  CHECK(forwarded(came) == "GET /x?y=1 HTTP/1.1\r\nHost: a.com:8080\r\nAccept: */*\r\n\r\n");
  CHECK(forwarded(came, to_gateway) ==
        "GET http://a.com:8080/x?y=1 HTTP/1.1\r\nHost: a.com:8080\r\nAccept: */*\r\n"
        "Proxy-Authorization: Basic dTpw\r\n\r\n");
}

TEST_CASE("A credential never goes to an origin") {
  const std::string out =
      forwarded(start + "Proxy-Authorization: Basic Y2xpZW50\r\n\r\n", {OutgoingForm::origin, "Basic dTpw"});
  CHECK(out == sent + "\r\n");
}

TEST_CASE("The client's own proxy credential does not reach the gateway") {
  const std::string came = start + "Proxy-Authorization: Basic Y2xpZW50\r\n\r\n";
  CHECK(forwarded(came, {OutgoingForm::absolute, {}}) == start + "\r\n");
  CHECK(forwarded(came, to_gateway) == start + "Proxy-Authorization: Basic dTpw\r\n\r\n");
}

TEST_CASE("Every spelling of an empty path has its own outgoing form") {
  const auto line = [](const std::string& method, const std::string& target, OutgoingForm form) {
    const std::string out = forwarded(method + " " + target + " HTTP/1.1\r\nHost: a\r\n\r\n", {form, {}});
    return out.substr(0, out.find(" HTTP/1.1\r\n"));
  };
  CHECK(line("GET", "http://a", OutgoingForm::origin) == "GET /");
  CHECK(line("GET", "http://a", OutgoingForm::absolute) == "GET http://a/");
  CHECK(line("GET", "http://a?q", OutgoingForm::origin) == "GET /?q");
  CHECK(line("GET", "http://a?q", OutgoingForm::absolute) == "GET http://a/?q");
  CHECK(line("OPTIONS", "http://a", OutgoingForm::origin) == "OPTIONS *");
  CHECK(line("OPTIONS", "http://a", OutgoingForm::absolute) == "OPTIONS http://a");
  CHECK(line("OPTIONS", "http://a/", OutgoingForm::origin) == "OPTIONS /");
  CHECK(line("GET", "ws://A.com:80/s", OutgoingForm::absolute) == "GET http://A.com:80/s");
  CHECK(line("GET", "HTTP://[2001:DB8::1]:81//x/../%7e", OutgoingForm::absolute) ==
        "GET http://[2001:DB8::1]:81//x/../%7e");
}

TEST_CASE("Host becomes the target's authority, in its place and under its own name") {
  const std::string came =
      "GET http://A.com:80/ HTTP/1.1\r\nX-First: 1\r\nhOST: evil.test\r\nX-Last: 2\r\n\r\n";
  CHECK(forwarded(came) == "GET / HTTP/1.1\r\nX-First: 1\r\nhOST: A.com:80\r\nX-Last: 2\r\n\r\n");
  CHECK(forwarded(came, {OutgoingForm::absolute, {}}) ==
        "GET http://A.com:80/ HTTP/1.1\r\nX-First: 1\r\nhOST: A.com:80\r\nX-Last: 2\r\n\r\n");
  CHECK(forwarded("GET http://a.com/ HTTP/1.1\r\nHost:\r\n\r\n") == sent + "\r\n");
}

TEST_CASE("An IPv4 address goes out as the one that was decided on, however it was written") {
  const auto head = [](const std::string& authority, OutgoingForm form) {
    return forwarded("GET http://" + authority + "/ HTTP/1.1\r\nHost: x\r\n\r\n", {form, {}});
  };
  for (const std::string host : {"0x7f.1", "127.1", "2130706433", "017700000001", "127.0.0.1.",
                                 "[::ffff:127.0.0.1]", "[::FFFF:7f00:1]", "127.0.0.1"}) {
    for (const std::string port : {"", ":", ":80", ":8080"}) {
      const std::string same = "127.0.0.1" + port;
      CHECK(head(host + port, OutgoingForm::origin) == "GET / HTTP/1.1\r\nHost: " + same + "\r\n\r\n");
      CHECK(head(host + port, OutgoingForm::absolute) ==
            "GET http://" + same + "/ HTTP/1.1\r\nHost: " + same + "\r\n\r\n");
    }
  }
}

TEST_CASE("A request of HTTP/1.0 goes out as HTTP/1.1, with Host first where it had none") {
  CHECK(forwarded("GET http://a.com/ HTTP/1.0\r\nAccept: x\r\n\r\n") == sent + "Accept: x\r\n\r\n");
}

TEST_CASE(
    "Hop-by-hop fields are removed in any letter case, and all others stay byte for byte and in order") {
  CHECK(forwarded(start + "user-AGENT: a  b\t\"c\"\r\n"
                          "PROXY-connection: keep-alive\r\n"
                          "keep-alive: timeout=5\r\n"
                          "X-Obs: caf\xE9 \x80\xFF\r\n"
                          "te: trailers\r\n"
                          "cookie: a=1\r\n"
                          "Cookie: b=2\r\n"
                          "upgrade: h2c\r\n"
                          "proxy-authenticate: x\r\n"
                          "proxy-authentication-info: x\r\n"
                          "X-Empty:\r\n"
                          "Trailer: Digest\r\n"
                          "Via: 1.1 client\r\n"
                          "ConnectioN: Keep-Alive\r\n"
                          "Transfer-Encoding: Chunked\r\n\r\n") == sent +
                                                                       "user-AGENT: a  b\t\"c\"\r\n"
                                                                       "X-Obs: caf\xE9 \x80\xFF\r\n"
                                                                       "cookie: a=1\r\n"
                                                                       "Cookie: b=2\r\n"
                                                                       "X-Empty:\r\n"
                                                                       "Trailer: Digest\r\n"
                                                                       "Via: 1.1 client\r\n"
                                                                       "ConnectioN: Keep-Alive\r\n"
                                                                       "Transfer-Encoding: Chunked\r\n\r\n");
}

TEST_CASE("Every field that Connection names is removed") {
  CHECK(forwarded(start +
                  "x-one: 1\r\nConnection: X-One,, x-TWO ,x-four\r\nX-Two: 2\r\nX-Two: 3\r\nX-One-More: 4\r\n"
                  "CONNECTION:\tX-Three\r\nX-Three: 5\r\nX-Four: 6\r\n\r\n") ==
        sent + "X-One-More: 4\r\n\r\n");
}

TEST_CASE("A field that frames or routes the message stays even where Connection names it") {
  const std::string fields = "Content-Length: 5\r\nTrailer: x\r\n";
  CHECK(forwarded(start + "Connection: host, content-length, Transfer-Encoding, trailer\r\n" + fields +
                  "\r\n") == sent + fields + "\r\n");
  CHECK(answered(ok + "Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        ok + "Transfer-Encoding: chunked\r\n\r\n");
}

TEST_CASE("Connection may name more fields than a message usually has") {
  std::string list = "Connection: ";
  std::string named;
  std::string others;
  for (int i = 0; i < 100; ++i) {
    const std::string number = std::to_string(i);
    list += (i % 2 == 0 ? "X-N" : "x-n") + number + ", ";
    named += "X-n" + number + ": a\r\n";
    others += "X-M" + number + ": b\r\n";
  }
  CHECK(forwarded(start + named + list + "\r\n" + others + "\r\n") == sent + others + "\r\n");
}

TEST_CASE("A request for an upgrade keeps Upgrade, in both fields") {
  CHECK(forwarded(start + "connection: keep-alive, UPGRADE, X-Gone\r\nX-Gone: 1\r\nupgrade: websocket\r\n"
                          "Sec-WebSocket-Version: 13\r\nConnection: X-Other\r\n\r\n") ==
        sent + "connection: keep-alive, UPGRADE\r\nupgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n");
  CHECK(forwarded(start + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n") ==
        sent + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(forwarded(start + "Connection: keep-alive, Upgrade\r\n\r\n") ==
        sent + "Connection: keep-alive\r\n\r\n");
}

TEST_CASE("White space stays in end-to-end fields, and is normalized in fields that frame or route") {
  const std::string odd = "X-A:1\r\nX-B:  2 \r\nX-C:\t3\t\r\nX-D:\r\nX-E: \r\n";
  CHECK(forwarded("GET http://a.com/ HTTP/1.1\r\nHost:a.com \r\n" + odd + "Content-Length:\t5\r\n\r\n") ==
        sent + odd + "Content-Length: 5\r\n\r\n");
  CHECK(answered(ok + odd + "Transfer-Encoding:chunked\r\n\r\n") ==
        ok + odd + "Transfer-Encoding: chunked\r\n\r\n");
}

TEST_CASE("Bytes from 0x80 on in path and query are percent-encoded, on both routes") {
  const std::string came =
      "GET http://a.com/\xC3\xA4/%c3?q=\x80|\xFF HTTP/1.1\r\nHost: a.com\r\nX: \xC3\r\n\r\n";
  CHECK(forwarded(came) == "GET /%C3%A4/%c3?q=%80|%FF HTTP/1.1\r\nHost: a.com\r\nX: \xC3\r\n\r\n");
  CHECK(forwarded(came, {OutgoingForm::absolute, {}}) ==
        "GET http://a.com/%C3%A4/%c3?q=%80|%FF HTTP/1.1\r\nHost: a.com\r\nX: \xC3\r\n\r\n");
  CHECK(forwarded("GET http://a.com?\xE4 HTTP/1.0\r\n\r\n") == "GET /?%E4 HTTP/1.1\r\nHost: a.com\r\n\r\n");
}

TEST_CASE("No server is offered h2c, and HTTP2-Settings is removed") {
  const std::string settings = "HTTP2-Settings: AAMAAABkAAQAAP__\r\n";
  CHECK(forwarded(start + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" + settings + "\r\n") ==
        sent + "\r\n");
  CHECK(forwarded(start + "Connection: upgrade\r\nUpgrade: H2C, websocket ,h2c, chat/1\r\n" + settings +
                  "\r\n") == sent + "Connection: upgrade\r\nUpgrade: websocket, chat/1\r\n\r\n");
  CHECK(forwarded(start + "Connection: upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n\r\n") ==
        sent + "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n");
}

TEST_CASE("A forwarded head reads as the same request without the removed fields") {
  const std::string came =
      "PATCH http://U.Example.com:8080/a/b;c?d=e&f HTTP/1.1\r\nHost: u.example.com:8080\r\nX-A: 1\r\n"
      "Connection: X-B, keep-alive\r\nX-B: 2\r\nProxy-Connection: keep-alive\r\nX-a: \xE9 3\r\n"
      "Content-Length: 3\r\nTE: trailers\r\n\r\n";
  RequestHeadReader before;
  REQUIRE(before.read(came).is_done());
  const auto target_before = parse_target(before.head());
  REQUIRE(target_before);
  for (const OutgoingForm form : {OutgoingForm::origin, OutgoingForm::absolute}) {
    std::vector<Field> kept{
        {"Host", "U.Example.com:8080"}, {"X-A", "1"}, {"X-a", "\xE9 3"}, {"Content-Length", "3"}};
    if (form == OutgoingForm::origin) kept.insert(kept.begin() + 2, {"Connection", "keep-alive"});
    const std::string out = forwarded(came, {form, {}});
    RequestHeadReader after;
    const Progress progress = after.read(out);
    REQUIRE(progress.is_done());
    CHECK(progress.consumed() == out.size());
    CHECK(after.head().method == "PATCH");
    CHECK(after.head().minor == 1);
    const auto target = parse_target(after.head());
    REQUIRE(target);
    CHECK(target->path == target_before->path);
    if (form == OutgoingForm::absolute) CHECK(target->authority == target_before->authority);
    REQUIRE(after.head().fields.size() == kept.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      CHECK(after.head().fields[i].name == kept[i].name);
      CHECK(after.head().fields[i].value == kept[i].value);
    }
  }
}

TEST_CASE("A head is appended behind what is there") {
  const std::string came = start + "A: 1\r\n\r\n";
  RequestHeadReader request;
  REQUIRE(request.read(came).is_done());
  const auto target = parse_target(request.head());
  REQUIRE(target);
  std::string out = "before";
  append_request_head(out, request.head(), *target, {});
  CHECK(out == "before" + sent + "A: 1\r\n\r\n");

  const std::string answer = ok + "A: 1\r\n\r\n";
  ResponseHeadReader response;
  REQUIRE(response.read(answer).is_done());
  out = "before";
  append_response_head(out, response.head(), {});
  CHECK(out == "before" + answer);
}

TEST_CASE("A response keeps its status, reason and fields, and is HTTP/1.1") {
  CHECK(answered("HTTP/1.0 404 Nicht gefunden \xFC\r\nServer: x\r\nset-cookie: a\r\nSet-Cookie: b\r\n\r\n") ==
        "HTTP/1.1 404 Nicht gefunden \xFC\r\nServer: x\r\nset-cookie: a\r\nSet-Cookie: b\r\n\r\n");
  CHECK(answered("HTTP/1.1 200 \r\n\r\n") == "HTTP/1.1 200 \r\n\r\n");
  CHECK(answered(ok + "Host: x\r\n\r\n") == ok + "Host: x\r\n\r\n");
}

TEST_CASE("Hop-by-hop fields of a response go, with those that Connection names") {
  CHECK(
      answered(
          ok +
          "Keep-Alive: timeout=5\r\nA: 1\r\nProxy-Authenticate: Basic\r\nConnection: close, x-b\r\nX-B: 2\r\n"
          "Upgrade: h2\r\nProxy-Connection: close\r\nContent-Length: 3\r\n\r\n") ==
      ok + "A: 1\r\nContent-Length: 3\r\n\r\n");
}

TEST_CASE("Connection tells the client what happens to its connection, only where it cannot know") {
  const std::string came = ok + "A: 1\r\n\r\n";
  CHECK(answered(came, {1, false, false}) == came);
  CHECK(answered(came, {1, true, false}) == ok + "A: 1\r\nConnection: close\r\n\r\n");
  CHECK(answered(came, {0, true, false}) == ok + "A: 1\r\nConnection: close\r\n\r\n");
  CHECK(answered(came, {0, false, false}) == ok + "A: 1\r\nConnection: close\r\n\r\n");
  CHECK(answered(ok + "connection: keep-alive\r\nA: 1\r\nConnection: x\r\n\r\n", {1, true, false}) ==
        ok + "connection: close\r\nA: 1\r\n\r\n");
}

TEST_CASE("No field goes out that the Connection sent with it would name") {
  const std::string came = ok + "Close: x\r\nA: 1\r\n\r\n";
  CHECK(answered(came, {1, true, false}) == ok + "A: 1\r\nConnection: close\r\n\r\n");
  CHECK(answered(came, {1, false, false}) == came);
}

TEST_CASE("For a client that cannot read chunks, Transfer-Encoding and Trailer go") {
  CHECK(answered(ok + "transfer-encoding: chunked\r\nTrailer: Digest\r\nA: 1\r\n\r\n", {0, true, true}) ==
        ok + "A: 1\r\nConnection: close\r\n\r\n");
}

TEST_CASE("A response that may not announce a body does not") {
  const std::string fields = "A: 1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nTrailer: B\r\n\r\n";
  for (const std::string line :
       {"HTTP/1.1 100 Continue\r\n", "HTTP/1.1 103 Early Hints\r\n", "HTTP/1.1 204 No Content\r\n"}) {
    CHECK(answered(line + fields) == line + "A: 1\r\n\r\n");
  }
  const std::string unmodified = "HTTP/1.1 304 Not Modified\r\n";
  CHECK(answered(unmodified + "Content-Length: 5\r\n\r\n") == unmodified + "Content-Length: 5\r\n\r\n");
}

TEST_CASE("An HTTP/1.0 client gets no Transfer-Encoding, not even before a body that is not sent") {
  CHECK(answered(ok + "Transfer-Encoding: chunked\r\nA: 1\r\n\r\n", {0, true, false}) ==
        ok + "A: 1\r\nConnection: close\r\n\r\n");
}

TEST_CASE("A client gets no coding called identity, only chunked") {
  const std::string chunks = ok + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(answered(ok + "Transfer-Encoding: identity\r\nA: 1\r\n\r\n") == ok + "A: 1\r\n\r\n");
  CHECK(answered(ok + "Transfer-Encoding: identity, Chunked\r\n\r\n") ==
        ok + "Transfer-Encoding: Chunked\r\n\r\n");
  CHECK(answered(ok + "Transfer-Encoding: chunked,IDENTITY\r\n\r\n") == chunks);
  CHECK(answered(ok + "transfer-encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n") == chunks);
}

TEST_CASE("Lines that end in LF alone and spaces before colons are sent in the strict form") {
  CHECK(answered("HTTP/1.1 200 OK\nA : 1\nSet-Cookie\t:\tb \r\nContent-Length : 5\n\n") ==
        ok + "A: 1\r\nSet-Cookie: b\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("A 101 has Upgrade in Connection, even if the connection closes") {
  const std::string line = "HTTP/1.1 101 Switching Protocols\r\n";
  CHECK(answered(
            line +
                "Upgrade: websocket\r\nConnection: upgrade, X-B\r\nX-B: 1\r\nSec-WebSocket-Accept: k\r\n\r\n",
            {1, true, false}) ==
        line + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: k\r\n\r\n");
  CHECK(answered(line + "Upgrade: a\r\nupgrade: b\r\n\r\n") ==
        line + "Upgrade: a\r\nupgrade: b\r\nConnection: Upgrade\r\n\r\n");
}

TEST_CASE("A 426 keeps the protocols that it asks for, and names them in Connection") {
  const std::string line = "HTTP/1.1 426 Upgrade Required\r\n";
  const std::string came = line + "Upgrade: TLS/1.2, HTTP/1.1\r\nConnection: upgrade\r\nA: 1\r\n\r\n";
  CHECK(answered(came) == line + "Upgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade\r\nA: 1\r\n\r\n");
  CHECK(answered(came, {1, true, false}) ==
        line + "Upgrade: TLS/1.2, HTTP/1.1\r\nConnection: close, Upgrade\r\nA: 1\r\n\r\n");
  CHECK(answered(line + "A: 1\r\n\r\n") == line + "A: 1\r\n\r\n");
}

TEST_CASE("Members of Proxy-Status in our name do not reach the client, all others do") {
  const auto passed = [](const std::string& fields) { return answered(ok + fields + "\r\n"); };
  CHECK(passed("A: 1\r\nproxy-status: aluvia-connect; error=dns_error\r\nB: 2\r\n") ==
        ok + "A: 1\r\nB: 2\r\n\r\n");
  CHECK(
      passed("Proxy-Status: cdn; hit, aluvia-connect; error=dns_error\r\nProxy-Status: \"aluvia-connect\"\r\n"
             "Proxy-Status: other;  next-hop=aluvia-connect\r\n") ==
      ok + "Proxy-Status: cdn; hit\r\nProxy-Status: other;  next-hop=aluvia-connect\r\n\r\n");
  CHECK(forwarded(start + "Proxy-Status: aluvia-connect\r\n\r\n") ==
        sent + "Proxy-Status: aluvia-connect\r\n\r\n");
}

TEST_CASE("Other 1xx lose their hop-by-hop fields and get none") {
  CHECK(answered("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: close\r\nKeep-Alive: x\r\n\r\n",
                 {1, true, false}) == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  CHECK(answered("HTTP/1.1 100 Continue\r\n\r\n", {0, false, false}) == "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_CASE("A forwarded response head reads as the same response") {
  const std::string out =
      answered("HTTP/1.1 206 Partial\r\nA: \xE9\r\nConnection: A-B\r\nA-B: c\r\n\r\n", {1, true, false});
  ResponseHeadReader after;
  const std::string with_body = out + "body";
  const Progress progress = after.read(with_body);
  REQUIRE(progress.is_done());
  CHECK(progress.consumed() == out.size());
  CHECK(after.head().status == 206);
  CHECK(after.head().reason == "Partial");
  REQUIRE(after.head().fields.size() == 2);
  CHECK(after.head().fields[0].value == "\xE9");
  CHECK(after.head().fields[1].value == "close");
}
