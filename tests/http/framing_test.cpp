// Tests of message framing.
#include "http/framing.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::http;

namespace {

RequestHead request(Fields fields, int minor = 1) {
  return {"POST", "/", minor, std::move(fields)};
}
ResponseHead response(int status, Fields fields, int minor = 1) {
  return {minor, status, "", std::move(fields)};
}

int request_error(Fields fields, int minor = 1) {
  const auto framing = request_framing(request(std::move(fields), minor));
  return framing ? 0 : framing.error().status;
}
int response_error(Fields fields, int minor = 1, int status = 200, std::string_view method = "GET") {
  const auto framing = response_framing(response(status, std::move(fields), minor), method);
  return framing ? 0 : framing.error().status;
}

const Fields sized{{"Content-Length", "5"}};
const Fields chunked{{"Transfer-Encoding", "chunked"}};

/// Fields that can be read in two ways, or not at all; for HTTP/1.1.
const std::vector<Fields> ambiguous{
    {{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}},
    {{"transfer-encoding", "chunked"}, {"content-length", "0"}},
    {{"Content-Length", "5"}, {"Transfer-Encoding", "gzip"}},
    {{"Content-Length", "5"}, {"Content-Length", "6"}},
    {{"Content-Length", "5"}, {"CONTENT-LENGTH", "5"}},
    {{"Content-Length", "5, 5"}},
    {{"Content-Length", "5,"}},
    {{"Content-Length", ""}},
    {{"Content-Length", "+5"}},
    {{"Content-Length", "-5"}},
    {{"Content-Length", "-0"}},
    {{"Content-Length", "5 5"}},
    {{"Content-Length", " 5"}},
    {{"Content-Length", "5\t"}},
    {{"Content-Length", "0x5"}},
    {{"Content-Length", "5a"}},
    {{"Content-Length", "5.0"}},
    {{"Content-Length", "\"5\""}},
    {{"Content-Length", "\xB2"}},
    {{"Content-Length", std::string_view("5\0", 2)}},
    {{"Content-Length", "18446744073709551616"}},
    {{"Content-Length", "99999999999999999999999999999999999999999"}},
};

const std::vector<Fields> endless_codings{
    {{"Transfer-Encoding", "gzip"}},
    {{"Transfer-Encoding", "chunked, gzip"}},
    {{"Transfer-Encoding", "chunked, chunked"}},
    {{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
    {{"Transfer-Encoding", "identity, chunked"}, {"transfer-encoding", "identity, chunked"}},
    {{"Transfer-Encoding", "chunked,"}},
    {{"Transfer-Encoding", ",chunked"}},
    {{"Transfer-Encoding", "chunked;q=1"}},
    {{"Transfer-Encoding", "\"chunked\""}},
    {{"Transfer-Encoding", "xchunked"}},
    {{"Transfer-Encoding", "chunked\x0b"}},
    {{"Transfer-Encoding", ""}},
};

const std::vector<Fields> unknown_codings{
    {{"Transfer-Encoding", "gzip, chunked"}},
    {{"Transfer-Encoding", "gzip, deflate,chunked"}},
    {{"Transfer-Encoding", "gzip ,\tChunked"}},
};

}  // namespace

TEST_CASE("A request without framing fields has no body") {
  const auto framing = request_framing(request({{"Host", "a"}}));
  REQUIRE(framing);
  CHECK(framing->kind == BodyKind::none);
}

TEST_CASE("Content-Length is the number of bytes of the body, in any letter case") {
  for (const auto* name : {"Content-Length", "content-length", "CONTENT-LENGTH"}) {
    const auto framing = request_framing(request({{"Host", "a"}, {name, "5"}}));
    REQUIRE(framing);
    CHECK(framing->kind == BodyKind::length);
    CHECK(framing->length == 5);
  }
}

TEST_CASE("The largest Content-Length is that of 64 bits, and zeros in front do not count") {
  const auto largest = request_framing(request({{"Content-Length", "18446744073709551615"}}));
  REQUIRE(largest);
  CHECK(largest->length == 18446744073709551615U);
  const auto padded = request_framing(request({{"Content-Length", "000000000000000000000000000000000042"}}));
  REQUIRE(padded);
  CHECK(padded->length == 42);
}

TEST_CASE("Content-Length 0 is no body, in requests and in responses") {
  const auto asked = request_framing(request({{"Content-Length", "0"}}));
  REQUIRE(asked);
  CHECK(asked->kind == BodyKind::none);
  const auto answered = response_framing(response(200, {{"Content-Length", "0"}}), "GET");
  REQUIRE(answered);
  CHECK(answered->kind == BodyKind::none);
}

TEST_CASE("Transfer-Encoding is chunked in any letter case") {
  for (const auto* value : {"chunked", "Chunked", "CHUNKED"}) {
    const auto framing = request_framing(request({{"transfer-ENCODING", value}}));
    REQUIRE(framing);
    CHECK(framing->kind == BodyKind::chunked);
  }
}

TEST_CASE("Ambiguous framing is rejected: 400 for a request, 502 for a response") {
  for (const Fields& fields : ambiguous) {
    CAPTURE(fields.front().name, fields.front().value);
    CHECK(request_error(fields) == 400);
    CHECK(request_error(fields, 0) == 400);
    CHECK(response_error(fields) == 502);
    CHECK(response_error(fields, 0) == 502);
  }
}

TEST_CASE("A last transfer coding other than chunked is 400 in a request, 502 in a response") {
  for (const Fields& fields : endless_codings) {
    CAPTURE(fields.front().value);
    CHECK(request_error(fields) == 400);
    CHECK(response_error(fields) == 502);
  }
}

TEST_CASE("The coding identity is ignored in a response and rejected in a request") {
  const auto kind = [](const Fields& fields, int minor = 1) {
    const auto framing = response_framing(response(200, fields, minor), "GET");
    REQUIRE(framing);
    return framing->kind;
  };
  const Field identity{"Transfer-Encoding", "identity"};
  CHECK(kind({identity}) == BodyKind::until_close);
  CHECK(kind({identity}, 0) == BodyKind::until_close);
  CHECK(kind({{"TRANSFER-encoding", "Identity, IDENTITY"}, {"Content-Length", "5"}}) == BodyKind::length);
  CHECK(kind({{"Transfer-Encoding", "identity, chunked"}}) == BodyKind::chunked);
  CHECK(kind({{"Transfer-Encoding", "chunked ,\tidentity"}}) == BodyKind::chunked);
  CHECK(kind({identity, {"transfer-encoding", "chunked"}}) == BodyKind::chunked);
  CHECK(response_error({{"Transfer-Encoding", "identity, chunked"}, {"Content-Length", "5"}}) == 502);
  CHECK(response_error({{"Transfer-Encoding", "identity, chunked"}}, 0) == 502);
  CHECK(response_error({{"Transfer-Encoding", "identity, gzip"}}) == 502);
  CHECK(response_error({{"Transfer-Encoding", "identity;q=1"}}) == 502);
  CHECK(request_error({identity}) == 400);
  CHECK(request_error({{"Transfer-Encoding", "identity, chunked"}}) == 501);
  CHECK(request_error({identity, {"Transfer-Encoding", "chunked"}}) == 400);
}

TEST_CASE("An unknown coding in front of chunked is 501 in a request, 502 in a response") {
  for (const Fields& fields : unknown_codings) {
    CAPTURE(fields.front().value);
    CHECK(request_error(fields) == 501);
    CHECK(response_error(fields) == 502);
  }
}

TEST_CASE("HTTP/1.0 has no transfer codings") {
  CHECK(request_error(chunked, 0) == 400);
  CHECK(request_error(unknown_codings.front(), 0) == 400);
  CHECK(response_error(chunked, 0) == 502);
  CHECK(request_error(sized, 0) == 0);
}

TEST_CASE("A response with a length or chunks ends by them, any other with its connection") {
  const auto counted = response_framing(response(200, sized), "GET");
  REQUIRE(counted);
  CHECK(counted->kind == BodyKind::length);
  CHECK(counted->length == 5);
  const auto coded = response_framing(response(200, chunked), "GET");
  REQUIRE(coded);
  CHECK(coded->kind == BodyKind::chunked);
  for (const int minor : {0, 1}) {
    const auto open = response_framing(response(200, {{"Server", "x"}}, minor), "GET");
    REQUIRE(open);
    CHECK(open->kind == BodyKind::until_close);
  }
}

TEST_CASE("Some responses have no body whatever their fields say") {
  struct Case {
    int status;
    std::string_view method;
  };
  for (const auto& [status, method] :
       {Case{200, "HEAD"}, Case{404, "HEAD"}, Case{100, "POST"}, Case{101, "GET"}, Case{103, "GET"},
        Case{204, "GET"}, Case{304, "GET"}, Case{200, "CONNECT"}, Case{299, "CONNECT"}}) {
    for (const Fields& fields : {Fields{}, sized, chunked}) {
      CAPTURE(status, method, fields.size());
      const auto framing = response_framing(response(status, fields), method);
      REQUIRE(framing);
      CHECK(framing->kind == BodyKind::none);
    }
  }
}

TEST_CASE("A response without a body is rejected if its framing fields conflict") {
  for (const auto& [status, method] : {std::pair<int, std::string_view>{200, "HEAD"},
                                       {304, "GET"},
                                       {204, "GET"},
                                       {100, "GET"},
                                       {200, "CONNECT"}}) {
    for (const Fields& fields : ambiguous) CHECK(response_error(fields, 1, status, method) == 502);
    for (const Fields& fields : unknown_codings) CHECK(response_error(fields, 1, status, method) == 502);
  }
}

TEST_CASE("A 1xx or 204 that announces a body is detected, and other responses may announce one") {
  const std::vector<Fields> bodies{sized, chunked, {{"content-length", "05"}}, {{"Transfer-Encoding", ""}}};
  const std::vector<Fields> none{{},
                                 {{"Content-Length", "0"}},
                                 {{"content-length", "000"}},
                                 {{"A", "5"}},
                                 {{"Transfer-Encoding", "identity, Identity"}}};
  for (const int status : {100, 101, 103, 204}) {
    for (const Fields& fields : bodies) CHECK(announces_forbidden_body(response(status, fields)));
    for (const Fields& fields : none) CHECK_FALSE(announces_forbidden_body(response(status, fields)));
  }
  for (const int status : {200, 205, 304, 404}) {
    for (const Fields& fields : bodies) CHECK_FALSE(announces_forbidden_body(response(status, fields)));
  }
}

TEST_CASE("Methods are distinguished by letter case, and a refused CONNECT has a body") {
  const auto head = response_framing(response(200, sized), "head");
  REQUIRE(head);
  CHECK(head->kind == BodyKind::length);
  const auto connect = response_framing(response(407, sized), "CONNECT");
  REQUIRE(connect);
  CHECK(connect->kind == BodyKind::length);
}

TEST_CASE("HTTP/1.1 keeps the connection unless told otherwise, HTTP/1.0 closes unless told otherwise") {
  CHECK(wants_keep_alive(1, {}));
  CHECK_FALSE(wants_keep_alive(0, {}));
  CHECK(wants_keep_alive(0, {{"connection", "Keep-Alive"}}));
  CHECK_FALSE(wants_keep_alive(1, {{"Connection", "CLOSE"}}));
  CHECK_FALSE(wants_keep_alive(1, {{"Connection", "x-a"}, {"Connection", "x-b ,close"}}));
  CHECK_FALSE(wants_keep_alive(0, {{"Connection", "keep-alive, close"}}));
  CHECK(wants_keep_alive(1, {{"Connection", "x-close"}}));
}

TEST_CASE("A proxy reads no second request of an HTTP/1.0 client, whatever it asks for") {
  CHECK(allows_next_request({"GET", "http://a/", 1, {}}));
  CHECK_FALSE(allows_next_request({"GET", "http://a/", 1, {{"Connection", "close"}}}));
  CHECK_FALSE(allows_next_request({"GET", "http://a/", 0, {}}));
  CHECK_FALSE(allows_next_request({"GET", "http://a/", 0, {{"Connection", "keep-alive"}}}));
}
