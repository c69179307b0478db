// The real client against a server on loopback that misbehaves. TLS is tested where certificates can be made.
#include "api/misbehaving_api.hpp"
#include "api/response_reader.hpp"
#include "api/user_api.hpp"

#include <chrono>
#include <future>
#include <thread>

#include <catch2/catch.hpp>
#include <signal.h>

using namespace aluvia;
using namespace aluvia::api;
using namespace aluvia::config;
using namespace aluvia::api::testing;
using namespace std::chrono_literals;
using Cause = ApiError::Cause;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kToken = "tok-4711";

ApiOptions options_for(const std::string& url) {
  ApiOptions options;
  options.base_url = url;
  options.token = Secret(kToken);
  return options;
}

std::unique_ptr<UserApi> api_with(ApiOptions options) {
  auto made = make_http_user_api(std::move(options));
  REQUIRE(made);
  return std::move(*made);
}

std::unique_ptr<UserApi> api_for(const std::string& url) {
  return api_with(options_for(url));
}

std::unique_ptr<UserApi> hasty_api_for(const std::string& url) {
  auto options = options_for(url);
  options.connect_timeout = 150ms;
  options.total_timeout = 200ms;
  return api_with(std::move(options));
}

std::string ok(std::string_view body = "{}", std::string_view fields = "") {
  return response("200 OK", fields, body);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

ApiError failure_of(UserApi& api, const std::string& etag = "") {
  auto reply = api.get_user(etag);
  REQUIRE_FALSE(reply);
  CHECK_FALSE(contains(reply.error().message, kToken));
  CHECK_FALSE(contains(reply.error().message, "\n"));
  return reply.error();
}

// How a single answer to a first call is taken.
ApiError failure_of_bytes(std::string bytes) {
  MisbehavingApi server([bytes = std::move(bytes)](auto& peer) {
    peer.read_request();
    peer.send(bytes);
  });
  return failure_of(*api_for(server.url()));
}

}  // namespace

TEST_CASE("The request carries token, host and what it accepts, below the prefix of the base URL") {
  MisbehavingApi server(always(ok()));
  auto api = api_for(server.url() + "/v1/");
  REQUIRE(api->get_user(""));
  REQUIRE(server.requests().size() == 1);
  const auto head = server.requests().front();
  CHECK(head.starts_with("GET /v1/user HTTP/1.1\r\n"));
  CHECK(contains(head, "\r\nAuthorization: Bearer tok-4711\r\n"));
  CHECK(contains(head, "\r\nAccept: application/json\r\n"));
  CHECK(contains(head, "\r\nAccept-Encoding: identity\r\n"));
  CHECK(contains(head, "\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  CHECK_FALSE(contains(head, "If-None-Match"));
  CHECK_FALSE(contains(head, "Connection: close"));
}

TEST_CASE("A change is a PATCH with a JSON body, and its condition is If-Match") {
  MisbehavingApi server(always(ok("{}", "ETag: \"b\"\r\n")));
  auto api = api_for(server.url() + "/v1");
  const auto reply = api->update({{}, "abc", {}}, "\"a\"");
  REQUIRE(reply);
  CHECK(reply->etag == "\"b\"");
  REQUIRE(api->update({{}, {}, "us"}, ""));
  REQUIRE(api->get_user("\"b\""));
  CHECK(server.connections() == 1);
  REQUIRE(server.requests().size() == 3);
  const auto first = server.requests()[0];
  CHECK(first.starts_with("PATCH /v1/user HTTP/1.1\r\n"));
  CHECK(contains(first, "\r\nAuthorization: Bearer tok-4711\r\n"));
  CHECK(contains(first, "\r\nContent-Type: application/json\r\n"));
  CHECK(contains(first, "\r\nIf-Match: \"a\"\r\n"));
  CHECK_FALSE(contains(first, "If-None-Match"));
  CHECK(first.ends_with("\r\n\r\n{\"session_id\":\"abc\"}"));
  CHECK_FALSE(contains(server.requests()[1], "If-Match"));
  CHECK_FALSE(contains(server.requests()[2], "Content-Type"));
}

namespace {

// Answers by the path of the request; what is not listed has a fault.
MisbehavingApi::Script by_path(std::vector<std::pair<std::string, std::string>> answers) {
  return [answers = std::move(answers)](auto& peer) {
    while (const auto request = peer.read_request()) {
      std::string answer = response("500 Oops", "", "{}");
      for (const auto& [path, bytes] : answers) {
        if (contains(*request, " " + path + " HTTP/1.1\r\n")) answer = bytes;
      }
      peer.send(answer);
    }
  };
}

std::string path_of(const std::string& request) {
  const auto begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

const std::string kNotFound = response("404 Not Found", "", "{}");

}  // namespace

TEST_CASE("A token that /user does not know is asked for at /connection, and that stays") {
  MisbehavingApi server(by_path({{"/v1/user", kNotFound}, {"/v1/connection", ok()}}));
  auto api = api_for(server.url() + "/v1");
  REQUIRE(api->get_user("")->status == 200);
  REQUIRE(api->get_user("\"e\"")->status == 200);
  REQUIRE(api->update({{}, "abc", {}}, "")->status == 200);
  std::vector<std::string> paths;
  for (const auto& request : server.requests()) paths.push_back(path_of(request));
  CHECK(paths == std::vector<std::string>{"/v1/user", "/v1/connection", "/v1/connection", "/v1/connection"});
}

TEST_CASE("A user that has answered once is not looked for elsewhere") {
  MisbehavingApi server([](auto& peer) {
    peer.read_request();
    peer.send(ok());
    while (peer.read_request()) peer.send(kNotFound);
  });
  auto api = api_for(server.url());
  REQUIRE(api->get_user("")->status == 200);
  REQUIRE(api->get_user("")->status == 404);
  REQUIRE(server.requests().size() == 2);
  CHECK(path_of(server.requests()[1]) == "/user");
}

TEST_CASE("Where neither generation knows the token, the answer is that of /user, each time anew") {
  for (const char* other : {"404 Not Found", "403 Forbidden", "401 Unauthorized"}) {
    MisbehavingApi server(by_path(
        {{"/user", response("404 Not Found", "", "user")}, {"/connection", response(other, "", "x")}}));
    auto api = api_for(server.url());
    for (int i = 0; i < 2; ++i) {
      const auto reply = api->get_user("");
      REQUIRE(reply);
      CHECK(reply->status == 404);
      CHECK(reply->body == "user");
    }
    CHECK(server.requests().size() == 4);
  }
}

TEST_CASE("A fault of the next generation is a fault, and decides nothing") {
  MisbehavingApi server(by_path({{"/user", kNotFound}}));
  auto api = api_for(server.url());
  CHECK(api->get_user("")->status == 500);
  CHECK(api->get_user("")->status == 500);
  REQUIRE(server.requests().size() == 4);
  CHECK(path_of(server.requests()[2]) == "/user");
}

TEST_CASE("A connection id names the only resource that is asked") {
  MisbehavingApi server(always(kNotFound));
  auto options = options_for(server.url() + "/v1/");
  options.connection_id = "42";
  auto api = api_with(std::move(options));
  CHECK(api->get_user("")->status == 404);
  CHECK(api->update({{}, "abc", {}}, "")->status == 404);
  REQUIRE(server.requests().size() == 2);
  CHECK(server.requests()[0].starts_with("GET /v1/account/connections/42 HTTP/1.1\r\n"));
  CHECK(server.requests()[1].starts_with("PATCH /v1/account/connections/42 HTTP/1.1\r\n"));
}

TEST_CASE("A connection id that is no number never gets into a path") {
  for (const char* id : {"a", "1/2", "-1", "1 ", "123456789012345678901"}) {
    auto options = options_for("http://127.0.0.1:1");
    options.connection_id = id;
    CHECK_FALSE(make_http_user_api(std::move(options)));
  }
}

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

TEST_CASE("An idle connection that the API has closed is replaced without an error") {
  MisbehavingApi server([](auto& peer) {
    if (!peer.read_request()) return;
    peer.send(ok());
    if (peer.index() == 0) return;
    peer.wait_for_close();
  });
  auto api = api_for(server.url());
  REQUIRE(api->get_user(""));
  REQUIRE(api->get_user(""));
  CHECK(server.connections() == 2);
}

TEST_CASE("A reused connection that dies before any response byte is retried once") {
  MisbehavingApi server([](auto& peer) {
    peer.read_request();
    if (peer.index() == 2) return;
    peer.send(ok());
    peer.read_request();
  });
  auto api = api_for(server.url());
  REQUIRE(api->get_user(""));
  // The second request dies on connection 0 and is answered on connection 1.
  REQUIRE(api->get_user(""));
  CHECK(server.connections() == 2);
  // The third dies on connection 1 and on the new connection 2: no third attempt.
  CHECK(failure_of(*api).cause == Cause::broken);
  CHECK(server.connections() == 3);
}

TEST_CASE("A new connection that dies is not retried") {
  MisbehavingApi server([](auto& peer) { peer.read_request(); });
  auto api = api_for(server.url());
  CHECK(failure_of(*api).cause == Cause::broken);
  CHECK(server.connections() == 1);
}

TEST_CASE("A failure does not spoil the calls after it") {
  MisbehavingApi server([](auto& peer) {
    if (!peer.read_request()) return;
    if (peer.index() == 0) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}");
      return;
    }
    peer.send(ok("{\"fine\":1}"));
    peer.wait_for_close();
  });
  auto api = api_for(server.url());
  CHECK(failure_of(*api).cause == Cause::broken);
  const auto reply = api->get_user("");
  REQUIRE(reply);
  CHECK(reply->body == "{\"fine\":1}");
}

TEST_CASE("Bytes behind a response are not taken for the next response") {
  MisbehavingApi server([](auto& peer) {
    if (!peer.read_request()) return;
    peer.send(ok("{\"first\":1}") + ok("{\"forged\":1}"));
    if (peer.read_request()) peer.send(ok("{\"second\":1}"));
    peer.wait_for_close();
  });
  auto api = api_for(server.url());
  CHECK(api->get_user("")->body == "{\"first\":1}");
  const auto second = api->get_user("");
  REQUIRE(second);
  CHECK_FALSE(contains(std::string(second->body), "forged"));
}

TEST_CASE("Answers that are cut short or no HTTP are broken") {
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

TEST_CASE("Interim answers before the final one are skipped, poll after poll on one connection") {
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

TEST_CASE("Interim answers may come in any pieces, long before the final one, and before any status") {
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

TEST_CASE("Interim answers have a bound in number and in bytes, and time runs on while they come") {
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

TEST_CASE("A change is not sent again once an interim answer has come") {
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

TEST_CASE("An answer of 16 MiB arrives, and one byte more is rejected") {
  constexpr std::size_t limit = 16 * 1024 * 1024;
  MisbehavingApi whole(always(ok(std::string(limit, ' '))));
  const auto reply = api_for(whole.url())->get_user("");
  REQUIRE(reply);
  CHECK(reply->body.size() == limit);
  MisbehavingApi longer(always(ok(std::string(limit + 1, ' '))));
  CHECK(failure_of(*api_for(longer.url())).cause == Cause::too_large);
}

TEST_CASE("A body beyond the limit is rejected as soon as that is known") {
  MisbehavingApi announced(always("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"));
  MisbehavingApi endless([](auto& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.send(std::string(1000, ' '))) {
    }
  });
  MisbehavingApi chunks([](auto& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (peer.send("1\r\n \r\n")) {
    }
  });
  MisbehavingApi exact(always(ok(std::string(4096, ' '))));
  for (auto* server : {&announced, &endless, &chunks, &exact}) {
    auto options = options_for(server->url());
    options.body_limit = 4096;
    auto api = api_with(std::move(options));
    if (server == &exact) {
      CHECK(api->get_user("")->body.size() == 4096);
    } else {
      CHECK(failure_of(*api).cause == Cause::too_large);
    }
  }
}

TEST_CASE("A head without end is rejected, and a long status line does no harm") {
  const auto endless = [](std::string start, std::string more) {
    MisbehavingApi server([=](auto& peer) {
      peer.read_request();
      peer.send(start);
      while (peer.send(more)) {
      }
    });
    return failure_of(*api_for(server.url())).cause;
  };
  CHECK(endless("HTTP/1.1 200 OK\r\n", "X-A: b\r\n") == Cause::too_large);
  CHECK(endless("HTTP/1.1 200 OK\r\nX: ", "aaaaaaaa") == Cause::too_large);
  CHECK(endless("HTTP/1.1 200 ", "aaaaaaaa") == Cause::too_large);
  CHECK(endless("", "HTTP/1.1 100 Continue\r\n\r\n") == Cause::too_large);
  CHECK(
      failure_of_bytes("HTTP/1.1 200 " + std::string(200'000, 'a') + "\r\nContent-Length: 0\r\n\r\n").cause ==
      Cause::too_large);
}

TEST_CASE("A whole call has its time, however slowly the answer drips") {
  const auto drip = [](std::string start) {
    return [=](MisbehavingApi::Peer& peer) {
      if (!peer.read_request()) return;
      if (!start.empty()) peer.send(start);
      while (peer.send("a")) std::this_thread::sleep_for(10ms);
    };
  };
  for (const char* start :
       {"", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"}) {
    INFO(start);
    MisbehavingApi server(drip(start));
    auto api = hasty_api_for(server.url());
    const auto begin = Clock::now();
    const auto failure = failure_of(*api);
    CHECK(failure.cause == Cause::time_out);
    CHECK(contains(failure.message, "within 200 ms"));
    CHECK(Clock::now() - begin >= 190ms);
    CHECK(Clock::now() - begin < 2s);
  }
}

TEST_CASE("An API that accepts and says nothing runs into the time limit, and the next call works") {
  MisbehavingApi server([](auto& peer) {
    peer.read_request();
    if (peer.index() > 0) peer.send(ok());
    peer.wait_for_close();
  });
  auto api = hasty_api_for(server.url());
  CHECK(failure_of(*api).cause == Cause::time_out);
  CHECK(api->get_user("").has_value());
}

TEST_CASE("A connection attempt that hangs has a time limit of its own") {
  FullBacklog server;
  auto options = options_for(server.url());
  options.connect_timeout = 100ms;
  const auto begin = Clock::now();
  const auto failure = failure_of(*api_with(std::move(options)));
  CHECK(failure.cause == Cause::connect);
  CHECK(contains(failure.message, "cannot connect to " + server.url().substr(7) + ": time-out after 100 ms"));
  CHECK(Clock::now() - begin < 2s);
}

TEST_CASE("A refused connection says so") {
  std::string url;
  { url = MisbehavingApi(always("")).url(); }
  const auto failure = failure_of(*api_for(url));
  CHECK(failure.cause == Cause::connect);
  CHECK(failure.message == "cannot connect to " + url.substr(7) + ": connection refused");
}

TEST_CASE("A name that does not exist is a failed look-up") {
  // Reserved by RFC 6761: it has no address. A resolver that does not respond ends in the time-out.
  const auto failure = failure_of(*hasty_api_for("http://name.invalid"));
  CHECK(failure.cause == Cause::look_up);
  CHECK(contains(failure.message, "cannot look up name.invalid"));
}

TEST_CASE("A name with several addresses is tried through them") {
  MisbehavingApi server(always(ok()));
  CHECK(api_for("http://localhost:" + std::to_string(server.port()))->get_user("").has_value());
}

TEST_CASE("An IPv6 literal is a host") {
  MisbehavingApi server(always(ok()), "::1");
  if (!server.listening()) return;
  auto api = api_for("http://[::1]:" + std::to_string(server.port()));
  REQUIRE(api->get_user(""));
  CHECK(contains(server.requests().front(), "\r\nHost: [::1]:" + std::to_string(server.port()) + "\r\n"));
}

TEST_CASE("A TLS handshake that never comes runs into the time limit") {
  MisbehavingApi server([](auto& peer) {
    peer.send("\x16\x03\x03");
    peer.wait_for_close();
  });
  auto options = options_for("https://127.0.0.1:" + std::to_string(server.port()));
  options.total_timeout = 200ms;
  const auto begin = Clock::now();
  CHECK(failure_of(*api_with(std::move(options))).cause == Cause::time_out);
  CHECK(Clock::now() - begin < 2s);
}

TEST_CASE("Plain HTTP behind an https URL is a TLS failure") {
  MisbehavingApi server([](auto& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_for_close();
  });
  const auto failure = failure_of(*api_for("https://127.0.0.1:" + std::to_string(server.port())));
  CHECK(failure.cause == Cause::tls);
}

TEST_CASE("Cancel ends a call in progress and every later one") {
  std::promise<void> asked;
  MisbehavingApi silent([&](auto& peer) {
    peer.read_request();
    asked.set_value();
    peer.wait_for_close();
  });
  auto api = api_for(silent.url());
  auto call = std::async(std::launch::async, [&] { return api->get_user(""); });
  asked.get_future().wait();
  const auto begin = Clock::now();
  api->cancel();
  auto reply = call.get();
  REQUIRE_FALSE(reply);
  CHECK(reply.error().kind == ApiError::Kind::not_running);
  CHECK(failure_of(*api).kind == ApiError::Kind::not_running);
  CHECK(Clock::now() - begin < 2s);
  CHECK(silent.connections() == 1);
}

TEST_CASE("Cancel ends a connection attempt and a TLS handshake") {
  FullBacklog full;
  MisbehavingApi mute([](auto& peer) { peer.wait_for_close(); });
  for (const auto& url : {full.url(), "https://127.0.0.1:" + std::to_string(mute.port())}) {
    auto api = api_for(url);
    auto call = std::async(std::launch::async, [&] { return api->get_user(""); });
    const auto begin = Clock::now();
    // There is nothing to observe from outside while a connect hangs; cancelling before it has begun is as
    // good.
    if (url.starts_with("https")) {
      while (mute.connections() == 0) std::this_thread::yield();
    }
    api->cancel();
    auto reply = call.get();
    REQUIRE_FALSE(reply);
    CHECK(reply.error().kind == ApiError::Kind::not_running);
    CHECK(Clock::now() - begin < 2s);
  }
}

TEST_CASE("A dead peer raises no SIGPIPE and leaves the thread's mask as it was") {
  MisbehavingApi server([](auto&) {});
  auto api = api_for(server.url());
  for (int i = 0; i < 5; ++i) CHECK_FALSE(api->get_user(""));
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGPIPE) == 0);
}

TEST_CASE("A token that cannot stand in a field is rejected without being quoted") {
  for (const char* token :
       {"", "tok en-99", "tok\r\nX: en-99", "tok\ten-99", "t\xc3\xb6k-en-99", "en-99\x7f"}) {
    ApiOptions options;
    options.token = Secret(token);
    const auto made = make_http_user_api(std::move(options));
    REQUIRE_FALSE(made);
    CHECK(contains(made.error(), "token"));
    CHECK_FALSE(contains(made.error(), "en-99"));
  }
}

TEST_CASE("A bad base URL or CA file is rejected before anything is sent") {
  auto bad_url = make_http_user_api(options_for("ftp://x"));
  REQUIRE_FALSE(bad_url);
  CHECK(contains(bad_url.error(), "https://"));

  auto options = options_for("https://127.0.0.1");
  options.ca_file = "/nonexistent/ca.pem";
  auto missing = make_http_user_api(options);
  REQUIRE_FALSE(missing);
  CHECK(missing.error() == "the CA file /nonexistent/ca.pem cannot be read");

  options.ca_file = "/etc/hostname";
  auto wrong = make_http_user_api(options);
  REQUIRE_FALSE(wrong);
  CHECK(contains(wrong.error(), "/etc/hostname"));
}
