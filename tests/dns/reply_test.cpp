// Responses of name servers, well formed and malformed.
#include "dns/reply.hpp"

#include "dns/dns_server.hpp"
#include "net/endpoint.hpp"
#include "net/error.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::dns;
using namespace aluvia::test;

namespace {

DnsQuestion question_of(const std::string& name, DnsType type = DnsType::a) {
  DnsQuestion out;
  out.name = name;
  out.type = type;
  out.wire = DnsMessage::wire_name(name) + DnsMessage::u16(static_cast<unsigned>(type)) + DnsMessage::u16(1);
  return out;
}

DnsAnswer read(const std::string& wire, Family family = Family::v4) {
  const std::vector<std::uint8_t> bytes(wire.begin(), wire.end());
  return read_dns_reply(bytes, family);
}

std::vector<std::string> texts(const DnsAnswer& answer) {
  std::vector<std::string> out;
  for (const Address& address : answer.addresses) out.push_back(address.to_string());
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("Addresses of the name that was asked for are taken, in any letter case, and no others") {
  const DnsQuestion question = question_of("www.example");
  CHECK(texts(read(DnsMessage(question).address("192.0.2.1").address("192.0.2.2").wire())) ==
        Texts{"192.0.2.1", "192.0.2.2"});
  CHECK(
      texts(read(
          DnsMessage(question).owned_by(DnsMessage::wire_name("WWW.Example")).address("192.0.2.1").wire())) ==
      Texts{"192.0.2.1"});
  CHECK(
      read(DnsMessage(question).owned_by(DnsMessage::wire_name("other.example")).address("192.0.2.1").wire())
          .error == NetError::name_not_found);
  CHECK(read(DnsMessage(question).address("192.0.2.1").wire(), Family::v6).error == NetError::name_not_found);
}

TEST_CASE("Aliases are followed, and the shortest time to live counts") {
  const DnsQuestion question = question_of("www.example", DnsType::aaaa);
  const DnsAnswer answer = read(
      DnsMessage(question).alias("a.example", 100).alias("b.example", 7).address("2001:db8::1", 50).wire(),
      Family::v6);
  CHECK(texts(answer) == Texts{"2001:db8::1"});
  CHECK(answer.ttl.count() == 7);
  CHECK(read(DnsMessage(question_of("www.example")).address("192.0.2.1", 86'400).wire()).ttl.count() == 300);
  CHECK(read(DnsMessage(question_of("www.example")).address("192.0.2.1", 0xFFFFFFFF).wire()).ttl.count() ==
        0);
}

TEST_CASE("A message that is cut anywhere is a failure, and no address of it is used") {
  const std::string whole = DnsMessage(question_of("www.example"))
                                .alias("a.example", 60)
                                .address("192.0.2.1")
                                .address("192.0.2.2")
                                .wire();
  REQUIRE_FALSE(read(whole).error);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const DnsAnswer answer = read(whole.substr(0, size));
    CHECK(answer.error == NetError::dns_failure);
    CHECK(answer.addresses.empty());
  }
}

TEST_CASE("Names that point forwards, at themselves or in a circle are a failure") {
  const DnsQuestion question = question_of("www.example");
  const auto here = static_cast<unsigned>(12 + question.wire.size());
  for (const unsigned place : {here, here + 2, 0x3FFFU}) {
    CAPTURE(place);
    CHECK(read(DnsMessage(question).owned_by(DnsMessage::u16(0xC000 | place)).address("192.0.2.1").wire())
              .error == NetError::dns_failure);
  }
  // A label of a kind that does not exist, and a name of more than 255 bytes.
  CHECK(read(DnsMessage(question).owned_by("\x80").address("192.0.2.1").wire()).error ==
        NetError::dns_failure);
  std::string labels;
  for (int i = 0; i < 5; ++i) labels += std::string(1, 63) + std::string(63, 'a');
  CHECK(read(DnsMessage(question).owned_by(labels + std::string(1, 0)).address("192.0.2.1").wire()).error ==
        NetError::dns_failure);
}

TEST_CASE("A random change of a message never reads beyond it") {
  const std::string whole = DnsMessage(question_of("www.example"))
                                .alias("a.example", 60)
                                .address("192.0.2.1")
                                .address("192.0.2.2")
                                .wire();
  for (std::size_t place = 0; place < whole.size(); ++place) {
    for (const unsigned value : {0U, 1U, 0x3FU, 0x40U, 0x80U, 0xC0U, 0xFFU}) {
      std::string changed = whole;
      changed[place] = static_cast<char>(value);
      const DnsAnswer answer = read(changed);
      CHECK(answer.addresses.empty() == static_cast<bool>(answer.error));
    }
  }
}
