// Tests of the WebSocket echo and its frames.
#include "fixture.hpp"
#include "sandbox/websocket_frame.hpp"

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

namespace {

// A client's frame: masked with "mask".
std::string client_frame(int first, const std::string& payload) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift & 0xFF);
  }
  const std::string mask = "mask";
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

const std::string handshake =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

void converse(Client& client) {
  const std::string head = client.receives_until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 101 "));
  CHECK(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
  client.sends(client_frame(0x81, "hello"));
  CHECK(client.receives(7) == "\x81\x05hello");
  client.sends(client_frame(0x02, "part") + client_frame(0x89, "ping") + client_frame(0x80, "s"));
  CHECK(client.receives(6) == "\x02\x04part");
  CHECK(client.receives(6) == "\x8A\x04ping");
  CHECK(client.receives(3) == "\x80\x01s");
  client.sends(client_frame(0x82, pattern(70'000)));
  CHECK(client.receives(10 + 70'000).substr(10) == pattern(70'000));
  client.sends(client_frame(0x88, "\x03\xE8"));
  CHECK(client.receives_rest() == "\x88\x02\x03\xE8");
}

}  // namespace

TEST_CASE("The WebSocket echoes texts, fragments and bytes, and answers pings and closes") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  client.sends(get("/ws", handshake));
  converse(client);
}

TEST_CASE("A WebSocket opens through the gateway, by absolute-form and by tunnel") {
  const Fixture fixture;
  Client forwarded(fixture.box.ports().gateway);
  forwarded.sends("GET http://a.test/ws HTTP/1.1\r\nHost: a.test\r\n" + handshake + fixture.credentials() +
                  "\r\n");
  converse(forwarded);
  Client tunnelled(fixture.box.ports().gateway);
  CHECK(tunnelled.asks(fixture.connect_request("a.test:443")).status == 200);
  REQUIRE(tunnelled.secure("a.test", fixture.box.ca_pem()));
  tunnelled.sends(get("/ws", handshake));
  converse(tunnelled);
}

TEST_CASE("An invalid handshake gets an error, and an invalid frame closes with 1002") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  CHECK(client.asks(get("/ws")).status == 426);
  client.sends(get("/ws", handshake));
  client.receives_until("\r\n\r\n");
  client.sends("\x81\x05hello");
  CHECK(client.receives_rest() == "\x88\x02\x03\xEA");
}

TEST_CASE("A frame is parsed whole and byte by byte, and the bytes behind it stay") {
  const std::string bytes = client_frame(0x81, "hello");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = read_client_frame(bytes.substr(0, size));
    CHECK_FALSE(read.frame);
    CHECK(read.wrong == 0);
  }
  const auto read = read_client_frame(bytes + "tail");
  REQUIRE(read.frame);
  CHECK(read.frame->payload == "hello");
  CHECK(read.frame->size == bytes.size());
  CHECK(read_client_frame(std::string("\xC1\x80", 2)).wrong == 1002);
  CHECK(read_client_frame(std::string("\x83\x80", 2)).wrong == 1002);
  CHECK(read_client_frame(std::string("\x09\x80", 2)).wrong == 1002);
  CHECK(read_client_frame("\x82\xFF" + std::string(8, '\x7F') + "mask").wrong == 1009);
}
