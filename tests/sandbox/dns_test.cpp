// Tests of the emulated DNS server over UDP and TCP.
#include "fixture.hpp"
#include "sandbox/dns_message.hpp"

#include <array>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

namespace {

constexpr char a = 1;
constexpr char aaaa = 28;

std::string query(std::string_view name, char type) {
  std::string out("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    out += static_cast<char>(label.size());
    out += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return out + std::string("\0\0", 2) + type + std::string("\0\1", 2);
}

class UdpClient {
 public:
  explicit UdpClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~UdpClient() { ::close(socket_); }
  UdpClient(const UdpClient&) = delete;
  UdpClient& operator=(const UdpClient&) = delete;

  void sends(const std::string& message) { REQUIRE(::send(socket_, message.data(), message.size(), 0) > 0); }
  std::string receives() {
    pollfd ready{socket_, POLLIN, 0};
    REQUIRE(::poll(&ready, 1, 10'000) == 1);
    std::array<char, 2048> block{};
    const auto count = ::recv(socket_, block.data(), block.size(), 0);
    return {block.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  std::string asks(const std::string& message) {
    sends(message);
    return receives();
  }

 private:
  int socket_;
};

int code_of(const std::string& reply) {
  return reply.at(3) & 0x0F;
}
int count_of(const std::string& reply) {
  return reply.at(7);
}
bool is_truncated(const std::string& reply) {
  return (reply.at(2) & 0x02) != 0;
}
std::string last_four(const std::string& reply) {
  return reply.substr(reply.size() - 4);
}
const std::string loopback("\x7F\x00\x00\x01", 4);

}  // namespace

TEST_CASE("Every name is this machine over IPv4 and has no IPv6 address") {
  const Fixture fixture;
  UdpClient client(fixture.box.ports().dns);
  const std::string reply = client.asks(query("WWW.example.com", a));
  CHECK(reply.substr(0, 2) == "\x12\x34");
  CHECK(code_of(reply) == 0);
  CHECK(count_of(reply) == 1);
  CHECK(last_four(reply) == loopback);
  CHECK(reply.find("WWW") != std::string::npos);  // the question is repeated as it was asked
  CHECK(count_of(client.asks(query("www.example.com", aaaa))) == 0);
  const auto seen = fixture.box.record().queries;
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].name == "www.example.com");
  CHECK(seen[1].type == 28);
}

TEST_CASE("Names below silent, servfail and .invalid fail") {
  const Fixture fixture;
  UdpClient client(fixture.box.ports().dns);
  CHECK(code_of(client.asks(query("unknown.invalid", a))) == 3);
  CHECK(code_of(client.asks(query("servfail.example.com", a))) == 2);
  client.sends(query("silent.example.com", a));
  CHECK(fixture.box.wait_for([](const Record& r) { return r.queries.size() == 3; }));
  // The next answer is for the next name: none came for the silent one.
  CHECK(client.asks(query("loud.example.com", a)).find("loud") != std::string::npos);
}

TEST_CASE("A configured name has the configured answer") {
  Fixture fixture;
  fixture.box.set_dns("Two.test", {.addresses = {"192.0.2.1", "192.0.2.2", "2001:db8::1"}, .ttl = 300});
  fixture.box.set_dns("gone.test", {.outcome = DnsOutcome::nxdomain});
  fixture.box.set_dns("late.test", {.addresses = {"192.0.2.3"}, .delay = std::chrono::milliseconds(20)});
  UdpClient client(fixture.box.ports().dns);
  const std::string two = client.asks(query("two.test", a));
  CHECK(count_of(two) == 2);
  CHECK(two.find(std::string("\x00\x00\x01\x2C\x00\x04\xC0\x00\x02\x01", 10)) != std::string::npos);
  CHECK(count_of(client.asks(query("two.test", aaaa))) == 1);
  CHECK(code_of(client.asks(query("gone.test", a))) == 3);
  // The slow name does not hold up the quick one.
  client.sends(query("late.test", a));
  CHECK(client.asks(query("quick.test", a)).find("quick") != std::string::npos);
  CHECK(client.receives().find("late") != std::string::npos);
}

TEST_CASE("A truncated answer sends the client to TCP") {
  Fixture fixture;
  fixture.box.set_dns("big.test", {.addresses = {"127.0.0.1"}, .truncated_over_udp = true});
  UdpClient udp(fixture.box.ports().dns);
  const std::string cut = udp.asks(query("big.test", a));
  CHECK(is_truncated(cut));
  CHECK(count_of(cut) == 0);
  Client tcp(fixture.box.ports().dns);
  const std::string question = query("big.test", a);
  const std::string framed = std::string{'\0', static_cast<char>(question.size())} + question;
  tcp.sends(framed.substr(0, 5));
  tcp.sends(framed.substr(5) + framed);
  for (int i = 0; i < 2; ++i) {
    const std::string length = tcp.receives(2);
    const std::string reply = tcp.receives(static_cast<std::size_t>(length.at(1)));
    CHECK_FALSE(is_truncated(reply));
    CHECK(last_four(reply) == loopback);
  }
  CHECK(fixture.box.record().queries.back().over_tcp);
}

TEST_CASE("A forged answer with the wrong id goes before the right one") {
  Fixture fixture;
  fixture.box.set_dns("spoof.test", {.addresses = {"127.0.0.1"}, .wrong_id_first = true});
  UdpClient client(fixture.box.ports().dns);
  const std::string forged = client.asks(query("spoof.test", a));
  CHECK(forged.substr(0, 2) != "\x12\x34");
  CHECK(last_four(forged) == std::string("\xC0\0\2\x42", 4));
  CHECK(client.receives().substr(0, 2) == "\x12\x34");
}

TEST_CASE("Bytes that are no query get no answer") {
  const std::string good = query("a.test", a);
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(parse_dns_query(good.substr(0, size)));
  const auto parsed = parse_dns_query(good + "tail");
  REQUIRE(parsed);
  CHECK(parsed->name == "a.test");
  CHECK(parsed->question == good.substr(12));
  std::string reply = good;
  reply[2] = '\x81';
  CHECK_FALSE(parse_dns_query(reply));
}
