// Tests of the request head reader.
#include "head_reading.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::http;
using namespace std::literals;

TEST_CASE("A request head is read up to its blank line, and the tail stays untouched") {
  const std::string head = "POST /a?b=c HTTP/1.1\r\nHost: example.com\r\nX-Odd:a b \t\r\nEmpty:\r\n\r\n";
  for (const std::string_view tail :
       {""sv, "\r\n"sv, "\n"sv, "body"sv, "\0\x01"sv, "GET / HTTP/1.1\r\n\r\n"sv}) {
    const Answer answer = request(head + std::string(tail));
    REQUIRE(answer.progress.is_done());
    CHECK(answer.progress.consumed() == head.size());
    CHECK(answer.told_after == head.size());
    CHECK(answer.head == "POST /a?b=c 1.1|Host=example.com|X-Odd=a b|Empty=");
  }
}

TEST_CASE("Every proper prefix of a head needs more bytes") {
  const std::string head = "GET http://a/ HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    CHECK(read_whole<RequestHeadReader>(std::string_view(head).substr(0, size)).progress.needs_more());
  }
}

TEST_CASE("A head may come in two pieces, cut anywhere") {
  const std::string head =
      "\r\nGET http://a/ HTTP/1.1\r\nHost: a\r\nLong: " + std::string(40, 'x') + "\r\n\r\n";
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    RequestHeadReader reader;
    std::unique_ptr<char[]> home;
    REQUIRE(read_fresh(reader, std::string_view(head).substr(0, cut), home).needs_more());
    REQUIRE(read_fresh(reader, head, home).consumed() == head.size());
    CHECK(describe(reader.head()) == "GET http://a/ 1.1|Host=a|Long=" + std::string(40, 'x'));
  }
}

TEST_CASE("Names keep their case and order, values lose only the white space around them") {
  const Answer answer = request("GET / HTTP/1.1\r\nb:  1\t \r\nA:\t2, \"x  y\"\r\nb: \r\n\r\n");
  CHECK(answer.head == "GET / 1.1|b=1|A=2, \"x  y\"|b=");
}

TEST_CASE("Values may hold HTAB and bytes of 0x80 and above") {
  CHECK(request(with_line("A: x\ty \x80\xC3\xA4\xFF z")).head == "GET / 1.1|A=x\ty \x80\xC3\xA4\xFF z");
}

TEST_CASE("Every token character may stand in a method and in a name") {
  const std::string token = "!#$%&'*+-.^_`|~09azAZ";
  CHECK(request(token + " / HTTP/1.1\r\n" + token + ":1\r\n\r\n").head == token + " / 1.1|" + token + "=1");
}

TEST_CASE("A target may hold bytes of 0x80 and above") {
  CHECK(request("GET http://a/\x80\xC3\xA4?\xFF HTTP/1.1\r\n\r\n").head ==
        "GET http://a/\x80\xC3\xA4?\xFF 1.1");
}

TEST_CASE("A minor version above 1 counts as 1") {
  CHECK(request("GET / HTTP/1.0\r\n\r\n").head == "GET / 1.0");
  CHECK(request("GET / HTTP/1.1\r\n\r\n").head == "GET / 1.1");
  CHECK(request("GET / HTTP/1.9\r\n\r\n").head == "GET / 1.1");
}

TEST_CASE("Four empty lines before a request are skipped and counted as consumed, five are too many") {
  const std::string head = "GET / HTTP/1.1\r\n\r\n";
  const Answer four = request("\r\n\r\n\r\n\r\n" + head + "tail");
  REQUIRE(four.progress.is_done());
  CHECK(four.progress.consumed() == 8 + head.size());
  check_wrong(request("\r\n\r\n\r\n\r\n\r\n" + head), 400, "empty lines");
}

TEST_CASE("Malformed requests are rejected with the same error, whole and byte by byte") {
  const auto& [sentence, bytes, status, word] = GENERATE(values<Case>({
      {"TLS", "\x16\x03\x01\x02"s, 400, "TLS"},
      {"TLS, first byte", "\x16"s, 400, "TLS"},
      {"SOCKS 5", "\x05\x01\x00"s, 400, "SOCKS"},
      {"SOCKS 4", "\x04\x01"s, 400, "SOCKS"},
      {"a NUL first", "\0"s, 400, "control"},
      {"HTTP/0.9", "GET /\r\n", 400, "0.9"},
      {"a method alone", "GET\r\n", 400, "without target"},
      {"two spaces after the method", "GET  / HTTP/1.1\r\n", 400, "empty request-target"},
      {"two spaces before the version", "GET /  HTTP/1.1\r\n", 400, "three parts"},
      {"a space behind the version", "GET / HTTP/1.1 \r\n", 400, "three parts"},
      {"a space in the target", "GET /a b HTTP/1.1\r\n", 400, "three parts"},
      {"a space first", " GET / HTTP/1.1\r\n", 400, "method"},
      {"HTAB for a space", "GET\t/ HTTP/1.1\r\n", 400, "method"},
      {"HTAB in the target", "GET /\t HTTP/1.1\r\n", 400, "request-target"},
      {"HTAB before the version", "GET / \tHTTP/1.1\r\n", 400, "version"},
      {"a method that is no token", "G(T / HTTP/1.1\r\n", 400, "method"},
      {"a colon in the method", "Host: a\r\n", 400, "method"},
      {"a byte above 0x7F in the method", "G\xC4T / HTTP/1.1\r\n", 400, "method"},
      {"DEL in the target", "GET /\x7F HTTP/1.1\r\n", 400, "control"},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\n"s, 400, "control"},
      {"a lower-case version", "GET / http/1.1\r\n", 400, "version"},
      {"a version of two digits", "GET / HTTP/1.10\r\n", 400, "version"},
      {"a version without minor", "GET / HTTP/1\r\n", 400, "version"},
      {"a comma in the version", "GET / HTTP/1,1\r\n", 400, "version"},
      {"a version whose major is no digit", "GET / HTTP/x.1\r\n", 400, "version"},
      {"a version whose minor is no digit", "GET / HTTP/1.x\r\n", 400, "version"},
      {"another protocol", "GET / RTSP/1.0\r\n", 400, "version"},
      {"an empty version", "GET / \r\n", 400, "version"},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version"},
      {"HTTP/0.9 by name", "GET / HTTP/0.9\r\n", 505, "version"},
      {"HTTP/3", "GET / HTTP/3.0\r\n", 505, "version"},
      {"LF behind the request-line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "LF alone"},
      {"LF first", "\nGET / HTTP/1.1\r\n\r\n", 400, "LF alone"},
      {"CR first", "\rGET / HTTP/1.1\r\n\r\n", 400, "no LF"},
      {"CR behind the request-line", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400, "no LF"},
      {"CR CR LF", "GET / HTTP/1.1\r\r\n", 400, "no LF"},
      {"LF behind a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "LF alone"},
      {"LF as the blank line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "LF alone"},
      {"CR as the blank line", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400, "no LF"},
      {"CR in a value", with_line("A: x\ry"), 400, "no LF"},
      {"CR in a name", with_line("A\rB: x"), 400, "no LF"},
      {"LF in a value", with_line("A: x\nB: y"), 400, "LF alone"},
      {"NUL in a value", with_line("A: x\0y"s), 400, "control"},
      {"NUL in a name", with_line("A\0B: x"s), 400, "control"},
      {"BEL in a value", with_line("A: \a"), 400, "control"},
      {"vertical tab in a value", with_line("A: \v"), 400, "control"},
      {"form feed in a value", with_line("A: x\f"), 400, "control"},
      {"ESC in a value", with_line("A: \x1b[2J"), 400, "control"},
      {"DEL in a value", with_line("A: x\x7F"), 400, "control"},
      {"a folded line", with_line("A: x\r\n y"), 400, "folded"},
      {"a line folded with HTAB", with_line("A: x\r\n\ty"), 400, "folded"},
      {"an indented first field", with_line(" A: x"), 400, "folded"},
      {"a line of one space", with_line("A: x\r\n "), 400, "folded"},
      {"a space before the colon", with_line("A : x"), 400, "white space"},
      {"HTAB before the colon", with_line("Content-Length\t: 3"), 400, "white space"},
      {"a space in the name", with_line("A B: x"), 400, "white space"},
      {"no colon", with_line("Host"), 400, "without a colon"},
      {"no name", with_line(": x"), 400, "without a name"},
      {"a name that is no token", with_line("A(B): x"), 400, "field name"},
      {"a name in quotes", with_line("\"A\": x"), 400, "field name"},
      {"a byte above 0x7F in the name", with_line("\xC4: x"), 400, "field name"},
  }));
  INFO(sentence);
  check_wrong(request(bytes), status, word);
}

TEST_CASE("Each control character but HTAB is rejected at every place of a value") {
  for (std::size_t before = 0; before < 18; ++before) {
    for (int c = 0; c < 256; ++c) {
      if (c == '\r' || c == '\n') continue;
      const std::string value = "v" + std::string(before, 'x') + static_cast<char>(c) + "yv";
      const bool good = (c >= 0x20 && c != 0x7F) || c == '\t';
      const Answer answer = read_whole<RequestHeadReader>(with_line("A: " + value));
      if (answer.progress.is_done() != good) FAIL("character " << c << " behind " << before);
      if (good && answer.head != "GET / 1.1|A=" + value) FAIL("value of " << c << " behind " << before);
    }
  }
}

TEST_CASE("An error is reported at once, not only at the end of the head") {
  const std::string start = "GET / HTTP/1.1\r\n";
  CHECK(request("\x16").told_after == 1);
  CHECK(request("G\x01").told_after == 2);
  CHECK(request("GET / HTTP/1.1\n").told_after == 15);
  CHECK(request("GET / HTTP/2.0\r\n").told_after == 16);
  CHECK(request(start + " folded").told_after == start.size() + 1);
  CHECK(request(start + "A: \0never"s).told_after == start.size() + 4);
  CHECK(request(start + "A : x\r\nB: y\r\n").told_after == start.size() + 7);
}

TEST_CASE("An error stays an error when it is asked for again") {
  RequestHeadReader reader;
  const std::string bytes = "GET / HTTP/1.1\r\nA : x\r\nB: y\r\n\r\n";
  CHECK(reader.read(bytes).is_wrong());
  CHECK(reader.read(bytes).is_wrong());
  CHECK(reader.read(bytes + "more").is_wrong());
}

TEST_CASE("A head may have as many bytes as its limit, and no more") {
  const std::string head = with_line("A: " + std::string(100, 'x'));
  CHECK(request(head + "tail", {head.size(), 8}).progress.is_done());
  check_wrong(request(head, {head.size() - 1, 8}), 431, "too large");
  CHECK(request(head, {head.size() - 1, 8}).told_after == head.size() - 1);
  const std::string endless = "GET /" + std::string(200, 'x');
  check_wrong(request(endless, {100, 8}), 414, "start line");
  check_wrong(request(endless + " HTTP/1.1\r\n\r\n", {100, 8}), 414, "start line");
  check_wrong(request("GET / HTTP/1.1\r\n" + std::string(200, 'x'), {100, 8}), 431, "too large");
}

TEST_CASE("A limit that falls between CR and LF is a limit") {
  const std::string head = "GET / HTTP/1.1\r\n\r\n";
  check_wrong(request(head, {head.size() - 1, 8}), 431, "too large");
  check_wrong(request(head, {head.size() - 3, 8}), 414, "start line");
}

TEST_CASE("A head may have as many fields as its limit, and no more") {
  CHECK(request("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n", {1000, 2}).progress.is_done());
  check_wrong(request("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", {1000, 2}), 431, "fields");
  CHECK(request("GET / HTTP/1.1\r\n\r\n", {1000, 0}).progress.is_done());
}

TEST_CASE("Connection may name as many fields as a head may have, and no more") {
  const auto names = [](int count) {
    std::string list = "Connection: a";
    for (int i = 1; i < count; ++i) list += ",";
    return with_line(list);
  };
  CHECK(request(names(256)).progress.is_done());
  check_wrong(request(names(257)), 431, "Connection");
  check_wrong(request(with_line("connection: a,b\r\nCONNECTION: c"), {1000, 2}), 431, "Connection");
  check_wrong(response("HTTP/1.1 200 OK\r\nConnection: a,b,c\r\n\r\n", {1000, 2}), 502, "Connection");
}

TEST_CASE("A reader that is reset reads the next message of a connection and keeps its memory") {
  const std::string first = "GET /1 HTTP/1.0\r\nA: 1\r\nB: 2\r\n\r\n";
  const std::string both = first + "HEAD /2 HTTP/1.1\r\nC: 3\r\n\r\n";
  RequestHeadReader reader;
  REQUIRE(reader.read(both).consumed() == first.size());
  const Field* memory = reader.head().fields.data();
  reader.reset();
  CHECK(reader.head().fields.empty());
  REQUIRE(reader.read(std::string_view(both).substr(first.size())).is_done());
  CHECK(describe(reader.head()) == "HEAD /2 1.1|C=3");
  CHECK(reader.head().fields.data() == memory);
}

TEST_CASE("A reader that is reset in the middle of a bad or unfinished head starts afresh") {
  RequestHeadReader reader;
  REQUIRE(reader.read("GET / HTTP/1.1\r\nA: 1\r\nB").needs_more());
  reader.reset();
  REQUIRE(reader.read("GET /\n").is_wrong());
  reader.reset();
  REQUIRE(reader.read("PUT /x HTTP/1.1\r\n\r\n").is_done());
  CHECK(describe(reader.head()) == "PUT /x 1.1");
}

TEST_CASE("A finished reader makes its views anew where the bytes lie now") {
  const std::string head = "\r\nGET /x HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n";
  RequestHeadReader reader;
  std::unique_ptr<char[]> home;
  REQUIRE(read_fresh(reader, head, home).is_done());
  REQUIRE(read_fresh(reader, head + "body", home).consumed() == head.size());
  CHECK(describe(reader.head()) == "GET /x 1.1|A=1|B=2");
  CHECK(reader.head().method.data() == home.get() + 2);
}

TEST_CASE("A head that arrives byte by byte is scanned only once") {
  const auto dribble = [](std::size_t size) {
    const std::string line = "A: " + std::string(size, 'x');
    const std::string head = with_line(line);
    RequestHeadReader reader{{head.size(), 8}};
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < head.size(); ++i) {
      if (!reader.read(std::string_view(head).substr(0, i)).needs_more()) FAIL("ended early");
    }
    CHECK(reader.read(head).is_done());
    return std::chrono::steady_clock::now() - start;
  };
  // Quadratic reading would look at 5 * 10^11 bytes here and take minutes.
  CHECK(dribble(1'000'000) < 20s);
}

TEST_CASE("The fields of an unfinished head take no memory, and those of a long one none behind it") {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 200; ++i) head += "A:\r\n";
  RequestHeadReader reader;
  CHECK(reader.read(head).needs_more());
  CHECK(reader.head().fields.capacity() == 0);
  head += "B: c\r\n\r\n";
  REQUIRE(reader.read(head).is_done());
  CHECK(reader.head().fields.size() == 202);
  CHECK(reader.head().fields.back().value == "c");
  reader.reset();
  CHECK(reader.head().fields.capacity() <= 64);
}
