// Tests of Max-Forwards.
#include "http/max_forwards.hpp"

#include "http/forward.hpp"
#include "http/target.hpp"

#include <optional>
#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;

namespace {

struct Request {
  explicit Request(std::string text) : bytes(std::move(text)) { REQUIRE(reader.read(bytes).is_done()); }
  const RequestHead& head() const { return reader.head(); }

  std::string bytes;
  RequestHeadReader reader;
};

Request request(const std::string& method, const std::string& fields) {
  return Request(method + " http://a.com/x HTTP/1.1\r\nHost: a.com\r\n" + fields + "\r\n");
}

std::string forwarded(const Request& from) {
  const auto target = parse_target(from.head());
  REQUIRE(target);
  std::string out;
  append_request_head(out, from.head(), *target, {});
  return out;
}

}  // namespace

TEST_CASE("Max-Forwards counts for TRACE and OPTIONS alone") {
  for (const std::string method : {"TRACE", "OPTIONS"}) {
    CHECK(max_forwards(request(method, "Max-Forwards: 0\r\n").head()) == "0");
    CHECK(max_forwards(request(method, "max-forwards: 10\r\n").head()) == "10");
    CHECK_FALSE(max_forwards(request(method, "").head()));
  }
  for (const std::string method : {"GET", "POST", "trace"}) {
    CHECK_FALSE(max_forwards(request(method, "Max-Forwards: 0\r\n").head()));
  }
}

TEST_CASE("A Max-Forwards that is not a number is ignored") {
  for (const std::string fields :
       {"Max-Forwards: \r\n", "Max-Forwards: -1\r\n", "Max-Forwards: +1\r\n", "Max-Forwards: 1.0\r\n",
        "Max-Forwards: 1 0\r\n", "Max-Forwards: 0\r\nMax-Forwards: 0\r\n"}) {
    INFO(fields);
    const Request one = request("TRACE", fields);
    CHECK_FALSE(max_forwards(one.head()));
    CHECK(forwarded(one) == "TRACE /x HTTP/1.1\r\nHost: a.com\r\n" + fields + "\r\n");
  }
}

TEST_CASE("A forwarded request has a decremented Max-Forwards") {
  const std::string around = "TRACE /x HTTP/1.1\r\nHost: a.com\r\n";
  CHECK(forwarded(request("TRACE", "MAX-forwards: 10\r\nA: b\r\n")) ==
        around + "MAX-forwards: 9\r\nA: b\r\n\r\n");
  CHECK(forwarded(request("TRACE", "Max-Forwards: 1\r\n")) == around + "Max-Forwards: 0\r\n\r\n");
  CHECK(forwarded(request("GET", "Max-Forwards: 1\r\n")) ==
        "GET /x HTTP/1.1\r\nHost: a.com\r\nMax-Forwards: 1\r\n\r\n");
}

TEST_CASE("Max-Forwards of any length is decremented") {
  const auto fewer = [](const std::string& number) {
    return fewer_forwards(request("OPTIONS", "Max-Forwards: " + number + "\r\n").head());
  };
  CHECK(fewer("18446744073709551615") == "18446744073709551614");
  CHECK(fewer("18446744073709551616") == "18446744073709551615");
  CHECK(fewer("100000000000000000000000000000") == "99999999999999999999999999999");
  CHECK(fewer("200") == "199");
  CHECK(fewer(std::string(5000, '9')) == std::string(4999, '9') + "8");
  CHECK(fewer("00000000000000000000000010") == "9");
  CHECK(fewer("1") == "0");
  CHECK(fewer("00") == "");
  CHECK(is_last_recipient(request("TRACE", "Max-Forwards: 00000000000000000000000000\r\n").head()));
  CHECK_FALSE(is_last_recipient(request("TRACE", "Max-Forwards: 18446744073709551616\r\n").head()));
}

TEST_CASE("The last recipient of a TRACE returns the received head without credentials") {
  const std::string answer = last_recipient_answer(
      request("TRACE", "A: b\r\nCookie: c=d\r\nauthorization: Basic eA==\r\nMax-Forwards: 0\r\n").head());
  const std::string shown = "TRACE http://a.com/x HTTP/1.1\r\nHost: a.com\r\nA: b\r\nMax-Forwards: 0\r\n\r\n";
  CHECK(answer ==
        "HTTP/1.1 200 OK\r\nContent-Type: message/http\r\nContent-Length: " + std::to_string(shown.size()) +
            "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n" + shown);
  CHECK_THAT(last_recipient_answer(Request("TRACE http://a/ HTTP/1.0\r\nMax-Forwards: 0\r\n\r\n").head()),
             Catch::EndsWith("\r\n\r\nTRACE http://a/ HTTP/1.0\r\nMax-Forwards: 0\r\n\r\n"));
}

TEST_CASE("The last recipient of an OPTIONS lists the forwarded methods") {
  const std::string answer = last_recipient_answer(request("OPTIONS", "Max-Forwards: 0\r\n").head());
  CHECK_THAT(answer, Catch::Contains("\r\nAllow: GET, HEAD, ") && Catch::EndsWith("\r\n\r\n"));
  CHECK_THAT(answer, Catch::Contains("\r\nContent-Length: 0\r\n"));
}
