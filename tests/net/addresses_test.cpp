// Classification of addresses in every notation.
#include "net/addresses.hpp"

#include "net/endpoint.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::net;
using namespace aluvia::loop;

namespace {

Address address(const char* text) {
  return asio::ip::make_address(text);
}

bool holds(const char* range, const char* one) {
  const auto parsed = AddressRange::parse(range);
  REQUIRE(parsed);
  return parsed->contains(address(one));
}

std::string complaint(std::string_view text) {
  const auto parsed = AddressRange::parse(text);
  return parsed ? "accepted" : parsed.error();
}

}  // namespace

TEST_CASE("A range holds the addresses up to its last bit, and no others") {
  CHECK(holds("10.0.0.0/8", "10.255.255.255"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  CHECK(holds("192.168.4.0/23", "192.168.5.255"));
  CHECK_FALSE(holds("192.168.4.0/23", "192.168.6.0"));
  CHECK(holds("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.7/32", "192.0.2.6"));
  CHECK(holds("0.0.0.0/0", "255.255.255.255"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::"));
  CHECK(holds("::1", "::1"));
}

TEST_CASE("An IPv4 address counts as one in IPv6 clothes too, and as no IPv6 address") {
  CHECK(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  CHECK(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
  CHECK_FALSE(holds("::ffff:10.0.0.0/104", "11.1.2.3"));
  CHECK(holds("::/0", "2001:db8::1"));
  CHECK_FALSE(holds("::/0", "10.0.0.1"));
  CHECK_FALSE(holds("::/0", "::ffff:10.0.0.1"));
  CHECK_FALSE(holds("0.0.0.0/0", "::1"));
}

TEST_CASE("A text that is no range is named, with what is wrong about it") {
  using Catch::Contains;
  for (const char* const text :
       {"", "10.0.0", "example.com", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "::/129",
        "fe80::1%lo", "10.0.0.0/255.0.0.0", "010.0.0.1", " 10.0.0.1", "/8"}) {
    CAPTURE(text);
    CHECK_THAT(complaint(text), Contains("'" + std::string(text) + "'"));
  }
  CHECK_THAT(complaint("10.1.0.0/8"), Contains("behind its prefix"));
  CHECK_THAT(complaint("2001:db8::1/64"), Contains("behind its prefix"));
  CHECK_THAT(complaint("0.0.0.1/0"), Contains("behind its prefix"));
}

TEST_CASE("Metadata addresses are known, also inside addresses that translators and tunnels unpack") {
  for (const char* const text : {"169.254.169.254",
                                 "fd00:ec2::254",
                                 "fd20:ce::254",
                                 "169.254.170.2",
                                 "100.100.100.200",
                                 "168.63.129.16",
                                 "::ffff:169.254.169.254",
                                 "::169.254.169.254",
                                 "64:ff9b::a9fe:a9fe",
                                 "64:ff9b:1::a9fe:a9fe",
                                 "64:ff9b:1:a9fe:a9:fe00::",
                                 "64:ff9b:1:a9fe:ffa9:feff:ffff:ffff",
                                 "64:ff9b:1:a9:fe:a9fe::",
                                 "64:ff9b:1:0:a9:fea9:fe00::",
                                 "64:ff9b:1:fffe::a9fe:a9fe",
                                 "::ffff:0:a9fe:a9fe",
                                 "::ffff:0:169.254.169.254",
                                 "2001:0:a9fe:a9fe::1",
                                 "2002:a9fe:a9fe::5efe:808:808",
                                 "2002:a9fe:a9fe::1",
                                 "2001:0:1:2:3:4:5601:5601",
                                 "fe80::5efe:169.254.169.254",
                                 "fe80::200:5efe:a9fe:a9fe"}) {
    CAPTURE(text);
    CHECK(is_metadata(address(text)));
  }
  for (const char* const text : {"169.254.169.253", "169.254.1.1", "fd00:ec2::255", "100.100.100.201",
                                 "127.0.0.1", "8.8.8.8", "::1", "64:ff9b::808:808", "2002:808:808::1",
                                 "64:ff9b:1:aa:fe:a9fe::", "::ffff:0:808:808", "64:ff9b:2:a9fe:a9:fe00::"}) {
    CAPTURE(text);
    CHECK_FALSE(is_metadata(address(text)));
  }
}

TEST_CASE("Private is what belongs to no public host") {
  for (const char* const text :
       {"127.0.0.1",   "127.255.0.9",     "10.1.1.1",        "172.16.0.1",    "172.31.255.255",
        "192.168.1.1", "100.64.0.1",      "100.127.255.255", "169.254.7.7",   "0.0.0.0",
        "0.1.2.3",     "255.255.255.255", "224.0.0.1",       "198.18.0.1",    "::",
        "::1",         "fe80::1",         "fc00::1",         "fd12::1",       "fec0::1",
        "ff02::1",     "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"}) {
    CAPTURE(text);
    CHECK(is_private(address(text)));
  }
  for (const char* const text : {"8.8.8.8", "172.32.0.1", "172.15.255.255", "100.63.255.255", "100.128.0.0",
                                 "192.169.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8",
                                 // Every prefix length that a network may use for its NAT64.
                                 "64:ff9b:1:808:8:800::", "64:ff9b:1:8:8:808::", "64:ff9b:1:0:8:808:800::",
                                 "64:ff9b:1::808:808", "2001:0:808:808::f7f7:f7f7"}) {
    CAPTURE(text);
    CHECK_FALSE(is_private(address(text)));
  }
}

TEST_CASE("Loopback, link-local and unspecified addresses are distinguished, in every spelling") {
  const auto kind = [](const char* text) -> std::string {
    const auto found = local_kind(address(text));
    return found ? std::string(name_of(*found)) : "none";
  };
  for (const char* const text :
       {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:7f00:1",
        "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "64:ff9b:1:7f00:0:100::", "64:ff9b:1:7f:0:1::",
        "64:ff9b:1:0:7f:0:100::", "2002:7f00:1::", "2001::80ff:fffe", "2001:db8::5efe:127.0.0.1"}) {
    CAPTURE(text);
    CHECK(kind(text) == "loopback");
  }
  for (const char* const text :
       {"169.254.7.7", "fe80::1", "febf::1", "::ffff:169.254.7.7", "64:ff9b::a9fe:707"}) {
    CAPTURE(text);
    CHECK(kind(text) == "link-local");
  }
  for (const char* const text :
       {"0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0", "64:ff9b::", "64:ff9b:1::", "2002::"}) {
    CAPTURE(text);
    CHECK(kind(text) == "unspecified");
  }
  for (const char* const text :
       {"8.8.8.8", "10.0.0.1", "192.168.1.1", "fd00::1", "fec0::1", "2606:4700::1111", "64:ff9b::808:808",
        "64:ff9b:1:808:8:800::", "64:ff9b:1:8:8:808::", "64:ff9b:1:0:8:808:800::", "64:ff9b:1::808:808",
        "64:ff9b:1:808:7f:500::", "64:ff9b:1:87f:3:500::", "2002:808:808::1", "128.0.0.1", "169.253.0.1",
        "1.0.0.1"}) {
    CAPTURE(text);
    CHECK(kind(text) == "none");
  }
}

TEST_CASE("An address of this machine is known, a foreign one is not") {
  for (const char* const text : {"127.0.0.1", "127.9.9.9", "0.0.0.0", "::", "::1", "::ffff:127.0.0.1"}) {
    CAPTURE(text);
    CHECK(is_of_this_machine(address(text)));
  }
  for (const char* const text : {"198.51.100.77", "2001:db8::77"}) {
    CAPTURE(text);
    CHECK_FALSE(is_of_this_machine(address(text)));
  }
}
