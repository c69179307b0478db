// Tests of addresses and networks as bytes.
#include "policy/network.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::policy;

TEST_CASE("Addresses are read from canonical hosts, and names are none") {
  CHECK(address_of("192.0.2.1") == address_of("::ffff:192.0.2.1"));
  CHECK(address_of("2001:db8::1"));
  CHECK_FALSE(address_of("example.com"));
  CHECK_FALSE(address_of("host1"));
  CHECK_FALSE(address_of(""));
  CHECK_FALSE(address_of(std::string(300, '1')));
}

TEST_CASE("A network holds the addresses with its prefix") {
  struct Row {
    const char* network;
    const char* address;
    bool is_inside;
  };
  const Row rows[] = {
      {"10.0.0.0/8", "10.255.1.2", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"192.0.2.128/25", "192.0.2.128", true},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"0.0.0.0/0", "255.255.255.255", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "192.0.2.1", false},
      {"2001:db8::/33", "2001:db8:7fff::", true},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"192.0.2.1/32", "192.0.2.1", true},
      {"192.0.2.1/32", "192.0.2.2", false},
  };
  for (const Row& row : rows) {
    INFO(row.network << " " << row.address);
    const auto network = parse_cidr(row.network);
    REQUIRE(network);
    CHECK(network->contains(*address_of(row.address)) == row.is_inside);
  }
}
