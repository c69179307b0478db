// The order of addresses (RFC 6724).
#include "dns/address_order.hpp"

#include "net/endpoint.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::dns;

namespace {

using Texts = std::vector<std::string>;

// `sources`: from which address this machine would send to a family, by the first letters of the destination.
Texts sorted(const Texts& texts, const std::map<std::string, std::string>& sources) {
  std::vector<Address> addresses;
  for (const std::string& text : texts) addresses.push_back(asio::ip::make_address(text));
  sort_by_preference(addresses, [&](const Address& address) -> std::optional<Address> {
    for (const auto& [beginning, source] : sources) {
      if (address.to_string().starts_with(beginning)) return asio::ip::make_address(source);
    }
    return std::nullopt;
  });
  Texts out;
  for (const Address& address : addresses) out.push_back(address.to_string());
  return out;
}

}  // namespace

TEST_CASE("IPv6 goes before IPv4 where this machine has both, and the order of the answer stays otherwise") {
  CHECK(sorted({"192.0.2.2", "2001:db8::2", "192.0.2.1", "2001:db8::1"},
               {{"2", "2001:db9::1"}, {"192", "198.51.100.1"}}) ==
        Texts{"2001:db8::2", "2001:db8::1", "192.0.2.2", "192.0.2.1"});
}

TEST_CASE("An address without a route goes last") {
  CHECK(sorted({"2001:db8::1", "192.0.2.1"}, {{"1", "198.51.100.1"}}) == Texts{"192.0.2.1", "2001:db8::1"});
  CHECK(sorted({"192.0.2.1", "2001:db8::1"}, {{"2", "2001:db9::1"}}) == Texts{"2001:db8::1", "192.0.2.1"});
  CHECK(sorted({"192.0.2.2", "192.0.2.1"}, {}) == Texts{"192.0.2.2", "192.0.2.1"});
}

TEST_CASE("Local networks of IPv6 and tunnels go behind IPv4 where the source is of another kind") {
  const std::map<std::string, std::string> native{
      {"1", "198.51.100.1"}, {"2", "2001:db9::1"}, {"f", "2001:db9::1"}};
  CHECK(sorted({"fd00::1", "192.0.2.1"}, native) == Texts{"192.0.2.1", "fd00::1"});
  CHECK(sorted({"2002:c000:201::1", "192.0.2.1"}, native) == Texts{"192.0.2.1", "2002:c000:201::1"});
  CHECK(sorted({"2001::1", "192.0.2.1"}, native) == Texts{"192.0.2.1", "2001::1"});
}

TEST_CASE("A matching scope goes first, and of equals the smaller one") {
  CHECK(sorted({"2001:db8::1", "fe80::1"}, {{"2", "fe80::9"}, {"f", "fe80::9"}}) ==
        Texts{"fe80::1", "2001:db8::1"});
  CHECK(sorted({"2001:db8::1", "fe80::1"}, {{"2", "2001:db9::1"}, {"f", "fe80::9"}}) ==
        Texts{"fe80::1", "2001:db8::1"});
}

TEST_CASE("This machine's own routes tell which loopback address can be used") {
  std::vector<Address> addresses{asio::ip::make_address("127.0.0.1"), asio::ip::make_address("127.0.0.2")};
  const auto before = addresses;
  sort_by_preference(addresses);
  CHECK(addresses == before);
}
