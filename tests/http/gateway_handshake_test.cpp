// Tests of the gateway's CONNECT handshake.
#include "http/gateway_handshake.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;
using namespace std::literals;

namespace {

const std::string opening = "HTTP/1.1 200 Connection Established\r\n\r\n";

struct Answer {
  Progress progress;
  int status;
  std::size_t told_after;
};

Answer read_bytewise(std::string_view bytes) {
  GatewayHandshake handshake;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string fresh(bytes.substr(0, size));
    const Progress progress = handshake.read(fresh);
    if (!progress.needs_more()) return {progress, handshake.status(), size};
  }
  return {Progress::need_more(), 0, bytes.size()};
}

// Whole and byte by byte must agree.
Answer read(std::string_view bytes) {
  GatewayHandshake handshake;
  const Progress whole = handshake.read(bytes);
  const Answer bytewise = read_bytewise(bytes);
  REQUIRE(whole.kind() == bytewise.progress.kind());
  if (whole.is_done()) {
    CHECK(whole.consumed() == bytewise.progress.consumed());
    CHECK(handshake.status() == bytewise.status);
    CHECK(handshake.is_open() == (handshake.status() / 100 == 2));
  }
  if (whole.is_wrong()) {
    CHECK(whole.error().status == 502);
    CHECK(bytewise.progress.error().status == 502);
  }
  return bytewise;
}

}  // namespace

TEST_CASE("The request names the authority twice and carries the credentials") {
  const Authority authority{"example.com", 443, HostKind::name};
  CHECK(GatewayHandshake::request(authority, "Basic eDp5") ==
        "CONNECT example.com:443 HTTP/1.1\r\n"
        "Host: example.com:443\r\n"
        "Proxy-Authorization: Basic eDp5\r\n"
        "\r\n");
}

TEST_CASE("A request that early bytes follow asks the gateway to close the connection if it rejects it") {
  const std::string text(GatewayHandshake::request({"a.test", 443, HostKind::name}, "Basic eDp5",
                                                   GatewayHandshake::Behind::early_bytes));
  CHECK(text.ends_with("Proxy-Authorization: Basic eDp5\r\nConnection: close\r\n\r\n"));
}

TEST_CASE("The request has no credentials field where there are no credentials") {
  CHECK(GatewayHandshake::request({"2001:db8::1", 80, HostKind::ipv6}, "") ==
        "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n");
}

TEST_CASE("The request is a head that our own reader accepts") {
  const aluvia::SecretString text = GatewayHandshake::request({"a", 1, HostKind::name}, "Basic x");
  RequestHeadReader reader;
  REQUIRE(reader.read(text).is_done());
  CHECK(reader.head().fields.size() == 2);
}

TEST_CASE("A 2xx opens the tunnel, and the bytes behind it belong to the tunnel") {
  for (const std::string_view tail : {""sv, "\x16\x03\x01"sv, "HTTP/1.1 500 no\r\n\r\n"sv, "\r\n"sv}) {
    const Answer answer = read(opening + std::string(tail));
    REQUIRE(answer.progress.is_done());
    CHECK(answer.progress.consumed() == opening.size());
    CHECK(answer.told_after == opening.size());
    CHECK(answer.status == 200);
  }
}

TEST_CASE("Content-Length and Transfer-Encoding in a 2xx are ignored") {
  const std::string head = "HTTP/1.0 204 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(read(head + "hello").progress.consumed() == head.size());
}

TEST_CASE("Any number of 1xx responses is skipped, in any pieces") {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  const Answer answer = read(interim + opening + "tail");
  REQUIRE(answer.progress.is_done());
  CHECK(answer.progress.consumed() == interim.size() + opening.size());
  CHECK(answer.status == 200);
  CHECK(read(interim).progress.needs_more());
}

TEST_CASE("The fields of the final answer are readable after 1xx answers") {
  const std::string text = "HTTP/1.1 100 x\r\nA: 1\r\n\r\nHTTP/1.1 407 Auth\r\nB: 2\r\n\r\n";
  GatewayHandshake handshake;
  REQUIRE(handshake.read(std::string_view(text).substr(0, 30)).needs_more());
  REQUIRE(handshake.read(text).is_done());
  REQUIRE(handshake.head().fields.size() == 1);
  CHECK(handshake.head().fields[0].name == "B");
  CHECK(handshake.head().reason == "Auth");
  CHECK_FALSE(handshake.is_open());
}

TEST_CASE("Any other final status does not open the tunnel") {
  for (const int status : {300, 302, 401, 403, 407, 429, 500, 502, 503, 599, 600, 999}) {
    const Answer answer = read("HTTP/1.1 " + std::to_string(status) + " x\r\n\r\n");
    REQUIRE(answer.progress.is_done());
    CHECK(answer.status == status);
  }
}

TEST_CASE("Bytes that are not an HTTP response are an error") {
  for (const std::string_view bytes :
       {"SSH-2.0-x\r\n"sv, "\x15\x03\x01"sv, "HTTP/2.0 200 OK\r\n\r\n"sv, "HTTP/1.1 200 OK\r\r\n"sv, "\r\n"sv,
        "HTTP/1.1 101 Switching\r\n\r\n"sv, "HTTP/1.1 100 x\r\n\r\nnonsense\r\n"sv}) {
    INFO(bytes);
    CHECK(read(bytes).progress.is_wrong());
  }
}

TEST_CASE("Responses over 16 KiB are an error, in one head or in many") {
  const std::string padding(16 * 1024, 'x');
  CHECK(read("HTTP/1.1 200 OK\r\nA: " + padding + "\r\n\r\n").progress.is_wrong());
  CHECK(read("HTTP/1.1 200 " + padding).progress.is_wrong());
  std::string interims;
  while (interims.size() <= 16 * 1024) interims += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(read(interims).progress.is_wrong());
  CHECK(read(interims + opening).progress.is_wrong());
}

TEST_CASE("The limit of 16 KiB counts the answers before an unfinished one") {
  const std::string interim = "HTTP/1.1 103 x\r\nA: " + std::string(10'000, 'x') + "\r\n\r\n";
  const Answer answer = read(interim + "HTTP/1.1 200 " + std::string(10'000, 'y'));
  CHECK(answer.progress.is_wrong());
  CHECK(answer.told_after == 16 * 1024);
}

TEST_CASE("An answer of exactly 16 KiB is taken, whatever the tunnel sends behind it") {
  const std::string frame = "HTTP/1.1 200 OK\r\nA: \r\n\r\n";
  const std::string answer =
      "HTTP/1.1 200 OK\r\nA: " + std::string(16 * 1024 - frame.size(), 'x') + "\r\n\r\n";
  REQUIRE(answer.size() == 16 * 1024);
  CHECK(read(answer + std::string(1000, 'y')).progress.consumed() == answer.size());
}
