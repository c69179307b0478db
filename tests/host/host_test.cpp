// Tests of the canonical form of hosts.
#include "host/host.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using namespace aluvia::host;

namespace {

std::string folded(std::string_view text) {
  const auto host = canonical_host(text);
  return host ? host->text : std::string(describe(host.error()));
}

HostError error_of(std::string_view text) {
  const auto host = canonical_host(text);
  REQUIRE_FALSE(host);
  return host.error();
}

}  // namespace

TEST_CASE("All spellings of a host have one canonical form") {
  CHECK(folded("Example.COM.") == "example.com");
  CHECK(folded("_sip.A-b.example") == "_sip.a-b.example");
  for (const char* spelling :
       {"127.1", "0x7f.1", "2130706433", "017700000001", "127.0.0.1.", "0X7F.0.0.0x1"}) {
    CHECK(folded(spelling) == "127.0.0.1");
  }
  CHECK(folded("1.2.0x") == "1.2.0.0");
  CHECK(folded("[2001:DB8::0:1]") == "2001:db8::1");
  CHECK(folded("2001:DB8::0:1") == "2001:db8::1");
  CHECK(folded("::ffff:127.0.0.1") == "127.0.0.1");
  CHECK(canonical_host("::1")->kind == Kind::ipv6);
  CHECK(canonical_host("1.2.0x")->kind == Kind::ipv4);
  CHECK(canonical_host("1.2.0x.a")->kind == Kind::name);
}

TEST_CASE("A text that is not a host is rejected with its error") {
  CHECK(error_of("") == HostError::empty);
  CHECK(error_of(".") == HostError::empty_label);
  CHECK(error_of("a..b") == HostError::empty_label);
  CHECK(error_of("b\xC3\xBC.example") == HostError::not_ascii);
  CHECK(error_of("a%20b") == HostError::percent);
  CHECK(error_of("a@b") == HostError::user_information);
  CHECK(error_of("a b") == HostError::character);
  CHECK(error_of(std::string(64, 'a')) == HostError::long_label);
  CHECK(error_of(std::string(300, '.')) == HostError::long_name);
  CHECK(error_of("1.2.3.4.5") == HostError::not_ipv4);
  CHECK(error_of("example.1") == HostError::not_ipv4);
  CHECK(error_of("1:2") == HostError::not_ipv6);
  CHECK(error_of("fe80::1%eth0") == HostError::zone_id);
  CHECK(error_of("[::1") == HostError::open_bracket);
  CHECK(error_of("[") == HostError::open_bracket);
}

TEST_CASE("Labels beside a star are not read as an address") {
  CHECK(*canonical_labels("10.0X") == "10.0x");
  CHECK(canonical_labels("").error() == HostError::empty_label);
  CHECK(canonical_labels("a.").error() == HostError::empty_label);
}
