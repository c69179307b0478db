// Tests of the sandbox's DNS messages, without a socket.
#include "sandbox/dns_message.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::sandbox;
using namespace std::literals;

namespace {

constexpr std::string_view header = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"sv;  // one question, RD
constexpr std::string_view a_of_host = "\x04HoSt\x04test\x00\x00\x01\x00\x01"sv;

std::string query_of(std::string_view question) {
  return std::string(header).append(question);
}

}  // namespace

TEST_CASE("A DNS query is read with its name in lower case") {
  const auto query = parse_dns_query(query_of(a_of_host));
  REQUIRE(query);
  CHECK(query->id == 0x1234);
  CHECK(query->type == 1);
  CHECK(query->recursion_desired);
  CHECK(query->name == "host.test");
  CHECK(query->question == a_of_host);
}

TEST_CASE("A DNS query that is cut anywhere is none") {
  const std::string whole = query_of(a_of_host);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK_FALSE(parse_dns_query(std::string_view(whole).substr(0, size)));
  }
}

TEST_CASE("Responses, two questions, long labels and compressed names are no DNS query") {
  std::string response = query_of(a_of_host);
  response[2] = '\x81';
  CHECK_FALSE(parse_dns_query(response));
  std::string two = query_of(a_of_host);
  two[5] = 2;
  CHECK_FALSE(parse_dns_query(two));
  CHECK_FALSE(parse_dns_query(query_of("\x40" + std::string(64, 'x') + "\x00\x00\x01\x00\x01"s)));
  CHECK_FALSE(parse_dns_query(query_of("\xC0\x0C\x00\x01\x00\x01"sv)));
}

TEST_CASE("A DNS reply repeats the question and holds the addresses of its family only") {
  const auto query = parse_dns_query(query_of(a_of_host));
  REQUIRE(query);
  const DnsReply reply{
      .ttl = 7, .addresses = {asio::ip::make_address("192.0.2.1"), asio::ip::make_address("2001:db8::1")}};
  const std::string record = "\xC0\x0C\x00\x01\x00\x01\x00\x00\x00\x07\x00\x04\xC0\x00\x02\x01"s;
  CHECK(write_dns_reply(*query, reply) ==
        "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"s + std::string(a_of_host) + record);
}

TEST_CASE("A DNS reply that is truncated or an error holds no address") {
  const auto query = parse_dns_query(query_of(a_of_host));
  REQUIRE(query);
  const std::string none = "\x00\x01\x00\x00\x00\x00\x00\x00"s + std::string(a_of_host);
  DnsReply reply{.truncated = true, .addresses = {asio::ip::make_address("192.0.2.1")}};
  CHECK(write_dns_reply(*query, reply) == "\x12\x34\x83\x80"s + none);
  reply.truncated = false;
  reply.code = 3;
  CHECK(write_dns_reply(*query, reply) == "\x12\x34\x81\x83"s + none);
}
