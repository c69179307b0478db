// Tests of the responses that the client accepts and rejects.
#include "api/api_fixture.hpp"
#include "api/response_reader.hpp"

#include <thread>

using namespace aluvia;
using namespace aluvia::api;
using namespace aluvia::api::testing;

TEST_CASE("One connection serves poll after poll, whatever the statuses") {
  MisbehavingApi server([](auto& peer) {
    for (const char* status :
         {"200 OK", "304 Not Modified", "401 Unauthorized", "500 Oops", "204 No Content"}) {
      if (!peer.read_request()) return;
      const std::string_view s(status);
      if (s.starts_with("304") || s.starts_with("204")) {
        peer.send("HTTP/1.1 " + std::string(s) + "\r\n\r\n");
      } else {
        peer.send(response(s, "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n", "{\"a\":1}"));
      }
    }
    while (peer.read_request()) peer.send(ok());
  });
  auto api = api_for(server.url());
  for (const int status : {200, 304, 401, 500, 204, 200, 200}) {
    const auto reply = api->get_user("\"e\"");
    REQUIRE(reply);
    CHECK(reply->status == status);
  }
  CHECK(server.connections() == 1);
  CHECK(server.requests().size() == 7);
}

TEST_CASE("An ETag comes back in If-None-Match, and a 304 needs no body whatever its fields say") {
  for (const char* fields : {"", "Content-Length: 4000\r\n", "Transfer-Encoding: chunked\r\n"}) {
    INFO(fields);
    MisbehavingApi server([fields](auto& peer) {
      peer.read_request();
      peer.send(ok("{}", "ETag: W/\"v1\"\r\n"));
      while (peer.read_request()) peer.send("HTTP/1.1 304 Not Modified\r\n" + std::string(fields) + "\r\n");
    });
    auto api = hasty_api_for(server.url());
    const auto first = api->get_user("");
    REQUIRE(first);
    CHECK(first->etag == "W/\"v1\"");
    for (int i = 0; i < 3; ++i) {
      const auto again = api->get_user(first->etag);
      REQUIRE(again);
      CHECK(again->status == 304);
      CHECK(again->body.empty());
    }
    CHECK(server.connections() == 1);
    CHECK(contains(server.requests().back(), "\r\nIf-None-Match: W/\"v1\"\r\n"));
  }
}

TEST_CASE("An ETag that hides a line break is dropped and never sent") {
  MisbehavingApi server(always(ok("{}", "ETag: \"a%0d%0aX-Forged: 1\"\r\n")));
  auto api = api_for(server.url());
  const auto reply = api->get_user("");
  REQUIRE(reply);
  CHECK(reply->etag.empty());
  REQUIRE(api->get_user("\"a\r\nX-Forged: 1\""));
  CHECK_FALSE(contains(server.requests().back(), "Forged"));
}

TEST_CASE("Every status is a reply with its body") {
  for (const int status : {400, 401, 402, 403, 404, 422, 429, 500, 502, 503}) {
    MisbehavingApi server(
        always(response(std::to_string(status) + " X", "Retry-After: 7\r\n", "{\"error\":\"x\"}")));
    const auto reply = api_for(server.url())->get_user("");
    REQUIRE(reply);
    CHECK(reply->status == status);
    CHECK(reply->body == "{\"error\":\"x\"}");
    CHECK(reply->retry_after == 7s);
  }
}

TEST_CASE("Chunked and close-delimited bodies are read whole") {
  MisbehavingApi chunked(always(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\n\r\n"));
  auto api = api_for(chunked.url());
  for (int i = 0; i < 2; ++i) {
    const auto reply = api->get_user("");
    REQUIRE(reply);
    CHECK(reply->body == "{\"a\":1}");
  }
  CHECK(chunked.connections() == 1);

  MisbehavingApi closing([](auto& peer) {
    if (peer.read_request()) peer.send("HTTP/1.1 200 OK\r\n\r\n{\"b\":2}");
  });
  api = api_for(closing.url());
  for (int i = 0; i < 2; ++i) {
    const auto reply = api->get_user("");
    REQUIRE(reply);
    CHECK(reply->body == "{\"b\":2}");
  }
  CHECK(closing.connections() == 2);
}

TEST_CASE("A redirect is a reply and is not followed") {
  MisbehavingApi other(always(ok()));
  MisbehavingApi server(always(response("302 Found", "Location: " + other.url() + "/user\r\n", "")));
  const auto reply = api_for(server.url())->get_user("");
  REQUIRE(reply);
  CHECK(reply->status == 302);
  CHECK(other.connections() == 0);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("A response that is cut short or is not HTTP is broken") {
  for (const char* bytes :
       {"", "HTTP/1.1", "HTTP/1.1 200 OK\r\nContent-Len", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/2 200\r\n\r\n", "\x15\x03\x01", "HTTP/1.1 103 Early Hints\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 1", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 1000 X\r\n\r\n"}) {
    INFO(bytes);
    CHECK(failure_of_bytes(bytes).cause == Cause::broken);
  }
}

namespace {

constexpr const char* kEarlyHints =
    "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nETag: \"hint\"\r\nContent-Length: 5\r\n\r\n";

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("Interim responses before the final one are skipped, poll after poll on one connection") {
  const std::string continued = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string with_fields = "HTTP/1.1 100 Continue\r\nServer: x\r\nDate: y\r\n\r\n";
  for (const std::string& interim :
       {continued, with_fields, std::string(kEarlyHints), continued + kEarlyHints + with_fields,
        std::string("HTTP/1.1 102\r\n\r\n"), repeated(kEarlyHints, ResponseReader::most_interim)}) {
    INFO(interim);
    MisbehavingApi server(always(interim + ok("{\"a\":1}", "ETag: \"final\"\r\n")));
    auto api = api_for(server.url());
    for (int i = 0; i < 3; ++i) {
      const auto reply = api->get_user("\"e\"");
      REQUIRE(reply);
      CHECK(reply->status == 200);
      CHECK(reply->etag == "\"final\"");
      CHECK(reply->body == "{\"a\":1}");
    }
    CHECK(server.connections() == 1);
  }
}

TEST_CASE("Interim responses may come in any pieces, long before the final one, and before any status") {
  for (const char* status : {"200 OK", "304 Not Modified", "204 No Content", "429 Too Many", "503 Oops"}) {
    const std::string final = "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\n\r\n";
    const std::string answer = std::string(kEarlyHints) + "HTTP/1.1 100 Continue\r\n\r\n" + final;
    for (const std::size_t piece : {1U, 7U, 13U, 4096U}) {
      INFO(status << " in pieces of " << piece);
      MisbehavingApi server([&](auto& peer) {
        if (!peer.read_request()) return;
        for (std::size_t at = 0; at < answer.size(); at += piece) peer.send(answer.substr(at, piece));
        peer.wait_for_close();
      });
      const auto reply = api_for(server.url())->get_user("\"e\"");
      REQUIRE(reply);
      CHECK(reply->status == std::stoi(status));
    }
  }
}

TEST_CASE("Interim responses have a limit in number and in bytes, and do not extend the time limit") {
  const std::string final = ok();
  CHECK(failure_of_bytes(repeated(kEarlyHints, ResponseReader::most_interim + 1) + final).cause ==
        Cause::too_large);
  const std::string large = "HTTP/1.1 103 x\r\nA: " + std::string(3000, 'a') + "\r\n\r\n";
  CHECK(failure_of_bytes(repeated(large, 25) + final).cause == Cause::too_large);
  MisbehavingApi slow([](auto& peer) {
    peer.read_request();
    while (peer.send("HTTP/1.1 102 Processing\r\n\r\n")) std::this_thread::sleep_for(50ms);
  });
  CHECK(failure_of(*hasty_api_for(slow.url())).cause == Cause::time_out);
}

TEST_CASE("A change is not sent again once an interim response has come") {
  MisbehavingApi server([](auto& peer) {
    if (!peer.read_request()) return;
    peer.send(ok());
    if (peer.read_request()) peer.send("HTTP/1.1 100 Continue\r\n\r\n");
  });
  auto api = api_for(server.url());
  REQUIRE(api->get_user(""));
  const auto reply = api->update({{}, "abc", {}}, "");
  REQUIRE_FALSE(reply);
  CHECK(contains(reply.error().message, "ended early"));
  CHECK(server.requests().size() == 2);
}
