// Tests of the response head reader.
#include "head_reading.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;
using namespace std::literals;

TEST_CASE("A response head is read up to its blank line, and the tail stays untouched") {
  const std::string head = "HTTP/1.1 404 Not Found\r\nServer: x\r\nSet-Cookie: a=b; c\r\n\r\n";
  for (const std::string_view tail : {""sv, "body"sv, "\n"sv, "\0"sv}) {
    const Answer answer = response(head + std::string(tail));
    REQUIRE(answer.progress.is_done());
    CHECK(answer.progress.consumed() == head.size());
    CHECK(answer.told_after == head.size());
    CHECK(answer.head == "1.1 404 Not Found|Server=x|Set-Cookie=a=b; c");
  }
}

TEST_CASE("A reason may be missing, with or without the space before it, or hold any text") {
  CHECK(response("HTTP/1.1 200 \r\n\r\n").head == "1.1 200 ");
  CHECK(response("HTTP/1.1 200\r\n\r\n").head == "1.1 200 ");
  CHECK(response("HTTP/1.0 200 OK\r\n\r\n").head == "1.0 200 OK");
  CHECK(response("HTTP/1.2 100  two  spaces\t\xE4\r\n\r\n").head == "1.1 100  two  spaces\t\xE4");
}

TEST_CASE("A status may be any number from 100 to 999") {
  for (const std::string status : {"100", "101", "418", "599", "600", "720", "999"}) {
    CHECK(response("HTTP/1.1 " + status + " x\r\n\r\n").head == "1.1 " + status + " x");
  }
}

TEST_CASE("The lines of a response may end in LF alone, in CRLF, or in both by turns") {
  const std::string seen = "1.1 200 OK|A=b|C=";
  for (const std::string_view head :
       {"HTTP/1.1 200 OK\r\nA: b\r\nC:\r\n\r\n"sv, "HTTP/1.1 200 OK\nA: b\nC:\n\n"sv,
        "HTTP/1.1 200 OK\nA: b\r\nC:\n\r\n"sv, "HTTP/1.1 200 OK\r\nA: b\nC:\r\n\n"sv}) {
    INFO(head);
    for (const std::string_view tail : {""sv, "\n"sv, "\r\n"sv, "body"sv}) {
      const Answer answer = response(std::string(head) + std::string(tail));
      REQUIRE(answer.progress.is_done());
      CHECK(answer.progress.consumed() == head.size());
      CHECK(answer.told_after == head.size());
      CHECK(answer.head == seen);
    }
    for (std::size_t size = 0; size < head.size(); ++size) {
      CHECK(read_whole<ResponseHeadReader>(head.substr(0, size)).progress.needs_more());
    }
  }
}

TEST_CASE("White space before the colon of a response belongs to nothing") {
  CHECK(response("HTTP/1.1 200 OK\r\nA : b\r\nC\t \t:d\r\n\r\n").head == "1.1 200 OK|A=b|C=d");
}

TEST_CASE("A field remembers its line, unless that must not be forwarded as it stands") {
  ResponseHeadReader reader;
  const std::string bytes = "HTTP/1.1 200 OK\r\nA:b \r\nC : d\nE:  f\n\n";
  REQUIRE(reader.read(bytes).is_done());
  REQUIRE(reader.head().fields.size() == 3);
  CHECK(reader.head().fields[0].line == "A:b ");
  CHECK(reader.head().fields[1].line.empty());
  CHECK(reader.head().fields[2].line == "E:  f");
}

TEST_CASE("A response may have 1,000 fields, a request 256") {
  const auto fields = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "Set-Cookie: " + std::to_string(i) + "=a\r\n";
    return text + "\r\n";
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  CHECK(read_whole<ResponseHeadReader>(ok + fields(1000), response_head_limits).progress.is_done());
  check_wrong(read_whole<ResponseHeadReader>(ok + fields(1001), response_head_limits), 502, "fields");
  CHECK(ResponseHeadReader().read(ok + fields(1000)).is_done());
  CHECK(RequestHeadReader().read("GET / HTTP/1.1\r\n" + fields(256)).is_done());
  CHECK(RequestHeadReader().read("GET / HTTP/1.1\r\n" + fields(257)).is_wrong());
}

TEST_CASE("Malformed responses are rejected with 502, whole and byte by byte") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const auto& [sentence, bytes, status, word] = GENERATE_COPY(values<Case>({
      {"a TLS alert", "\x15\x03\x01"s, 502, "TLS"},
      {"TLS", "\x16"s, 502, "TLS"},
      {"an empty line first", "\r\n" + ok + "\r\n", 502, "empty line"},
      {"another protocol", "SSH-2.0-OpenSSH\r\n", 502, "HTTP version"},
      {"ICY", "ICY 200 OK\r\n", 502, "HTTP version"},
      {"a body without head", "<html>\r\n", 502, "HTTP version"},
      {"lower case", "http/1.1 200 OK\r\n", 502, "HTTP version"},
      {"HTTP/2", "HTTP/2.0 200 OK\r\n", 502, "other than 1.x"},
      {"HTTP/2 without minor", "HTTP/2 200 OK\r\n", 502, "HTTP version"},
      {"no status", "HTTP/1.1\r\n", 502, "status code"},
      {"an empty status", "HTTP/1.1 \r\n", 502, "status code"},
      {"two digits", "HTTP/1.1 20 OK\r\n", 502, "status code"},
      {"four digits", "HTTP/1.1 2000 OK\r\n", 502, "status code"},
      {"letters", "HTTP/1.1 2x0 OK\r\n", 502, "status code"},
      {"a sign", "HTTP/1.1 -20 OK\r\n", 502, "status code"},
      {"two spaces", "HTTP/1.1  200 OK\r\n", 502, "status code"},
      {"HTAB", "HTTP/1.1\t200 OK\r\n", 502, "status code"},
      {"status 000", "HTTP/1.1 000 x\r\n", 502, "below 100"},
      {"status 099", "HTTP/1.1 099 x\r\n", 502, "below 100"},
      {"a control character in the reason", "HTTP/1.1 200 O\x01K\r\n", 502, "control"},
      {"an empty line of LF alone first", "\n" + ok + "\r\n", 502, "empty line"},
      {"CR alone", "HTTP/1.1 200 OK\rA: b\r\n\r\n", 502, "no LF"},
      {"CR CR LF", "HTTP/1.1 200 OK\r\r\n\r\n", 502, "no LF"},
      {"CR alone as the blank line", ok + "A: b\n\rX", 502, "no LF"},
      {"a folded line", ok + "A: b\r\n c\r\n\r\n", 502, "folded"},
      {"a line folded behind LF alone", ok + "A: b\n\tc\r\n\r\n", 502, "folded"},
      {"an indented first field", ok + " A: b\r\n\r\n", 502, "folded"},
      {"a space in a name", ok + "A B: b\r\n\r\n", 502, "white space"},
      {"a space for a name", ok + "\x0b: b\r\n\r\n", 502, "control"},
      {"NUL in a value", ok + "A: \0\r\n\r\n"s, 502, "control"},
      {"no colon", ok + "A\r\n\r\n", 502, "without a colon"},
  }));
  INFO(sentence);
  check_wrong(response(bytes), status, word);
}

TEST_CASE("A response over its limits is rejected with 502") {
  check_wrong(response("HTTP/1.1 200 " + std::string(100, 'x'), {50, 8}), 502, "start line");
  check_wrong(response("HTTP/1.1 200 OK\r\n" + std::string(100, 'x'), {50, 8}), 502, "too large");
  check_wrong(response("HTTP/1.1 200 OK\r\nA: b\r\nB: c\r\n\r\n", {500, 1}), 502, "fields");
}
