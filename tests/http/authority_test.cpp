// Tests of the authority parser.
#include "http/authority.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;
using namespace std::literals;

namespace {

std::string fold(std::string_view text) {
  const auto host = parse_host(text);
  return host ? host->host : "wrong: " + std::string(host.error().why);
}

std::string why(std::string_view text, std::optional<std::uint16_t> default_port = 80) {
  const auto authority = parse_authority(text, default_port);
  if (authority) return "taken as " + authority->text();
  CHECK(authority.error().status == 400);
  return std::string(authority.error().why);
}

Authority host(std::string_view text) {
  return parse_host(text).value();
}

struct Spelling {
  std::string text;
  std::string folded;
};

struct Rejected {
  std::string text;
  std::string word;
};

}  // namespace

TEST_CASE("An authority is a host and a port, and text() reverses the parser") {
  const auto named = parse_authority("example.com:8080", std::nullopt);
  REQUIRE(named);
  CHECK(*named == Authority{"example.com", 8080, HostKind::name});
  CHECK(named->text() == "example.com:8080");

  const auto ipv6 = parse_authority("[::1]:443", std::nullopt);
  REQUIRE(ipv6);
  CHECK(*ipv6 == Authority{"::1", 443, HostKind::ipv6});
  CHECK(ipv6->text() == "[::1]:443");

  const auto ipv4 = parse_authority("192.0.2.1:1", std::nullopt);
  REQUIRE(ipv4);
  CHECK(*ipv4 == Authority{"192.0.2.1", 1, HostKind::ipv4});
  CHECK(ipv4->text() == "192.0.2.1:1");
}

TEST_CASE("The default port is used if none is written") {
  CHECK(parse_authority("a", 80)->port == 80);
  CHECK(parse_authority("a:", 80)->port == 80);
  CHECK(parse_authority("[::1]", 80)->port == 80);
  CHECK(parse_authority("[::1]:", 80)->port == 80);
  CHECK(parse_authority("a:65535", 80)->port == 65535);
  CHECK(parse_authority("a:00443", 80)->port == 443);
  CHECK(why("a", std::nullopt).find("without a port") != std::string::npos);
  CHECK(why("a:", std::nullopt).find("without a port") != std::string::npos);
}

TEST_CASE("Hosts are parsed into their canonical form") {
  const auto& [text, folded] = GENERATE(values<Spelling>({
      {"EXAMPLE.com", "example.com"},
      {"example.com.", "example.com"},
      {"xn--Mnchen-3ya.DE", "xn--mnchen-3ya.de"},
      {"_dmarc.a_b.c-", "_dmarc.a_b.c-"},
      {"localhost", "localhost"},
      {"1.2.3.4.example", "1.2.3.4.example"},
      {"0x7f.example", "0x7f.example"},
      {"1e3", "1e3"},
      {"a.0xg", "a.0xg"},
      {"127.0.0.1", "127.0.0.1"},
      {"127.0.0.1.", "127.0.0.1"},
      {"127.1", "127.0.0.1"},
      {"127.0.1", "127.0.0.1"},
      {"127.65535", "127.0.255.255"},
      {"1.2.65535", "1.2.255.255"},
      {"2130706433", "127.0.0.1"},
      {"017700000001", "127.0.0.1"},
      {"0x7f.1", "127.0.0.1"},
      {"0X7F000001", "127.0.0.1"},
      {"0177.0.0.1", "127.0.0.1"},
      {"0x7f.0x0.0x0.0x1", "127.0.0.1"},
      {"0000000000000000177.1", "127.0.0.1"},
      {"0", "0.0.0.0"},
      {"0x", "0.0.0.0"},
      {"4294967295", "255.255.255.255"},
      {"255.255.255.255", "255.255.255.255"},
      {"192.168.010.1", "192.168.8.1"},
      {"::1", "::1"},
      {"[::1]", "::1"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0db8::0001", "2001:db8::1"},
      {"[::]", "::"},
      {"::ffff:127.0.0.1", "127.0.0.1"},
      {"[::FFFF:7f00:1]", "127.0.0.1"},
      {"0:0:0:0:0:ffff:c000:0201", "192.0.2.1"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  }));
  INFO(text);
  CHECK(fold(text) == folded);
}

TEST_CASE("An IPv4-mapped IPv6 address is the IPv4 address that it is, in an authority too") {
  const auto mapped = parse_authority("[::ffff:10.0.0.1]:80", std::nullopt);
  REQUIRE(mapped);
  CHECK(*mapped == Authority{"10.0.0.1", 80, HostKind::ipv4});
}

TEST_CASE("The canonical form of a canonical host is the host itself") {
  for (const std::string_view text :
       {"A.b."sv, "0x7f.1"sv, "[2001:DB8::1]"sv, "::ffff:1.2.3.4"sv, "::1.2.3.4"sv}) {
    CHECK(fold(fold(text)) == fold(text));
  }
}

TEST_CASE("Names and labels may be as long as DNS allows, and no longer") {
  const std::string label(63, 'a');
  const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
  CHECK(longest.size() == 253);
  CHECK(fold(longest) == longest);
  CHECK(fold(longest + '.') == longest);
  CHECK(fold(longest + 'a').find("253 bytes") != std::string::npos);
  CHECK(fold(label + "a.com").find("63 bytes") != std::string::npos);
  CHECK(fold("com." + label + "a").find("63 bytes") != std::string::npos);
}

TEST_CASE("Text that is not an authority is rejected") {
  const auto& [text, word] = GENERATE(values<Rejected>({
      {"", "empty host"},
      {":80", "empty host"},
      {".", "empty label"},
      {".:80", "empty label"},
      {"a..b", "empty label"},
      {".a", "empty label"},
      {"a..", "empty label"},
      {"user@a", "user information"},
      {"user:pw@a:80", "user information"},
      {"@a", "user information"},
      {"a:0", "port 0"},
      {"a:00", "port 0"},
      {"a:65536", "above 65535"},
      {"a:4294967376", "above 65535"},
      {"a:99999999999999999999999999", "above 65535"},
      {"a:-1", "not a number"},
      {"a:+1", "not a number"},
      {"a: 1", "not a number"},
      {"a:1 ", "not a number"},
      {"a:http", "not a number"},
      {"a:0x50", "not a number"},
      {"a:80:80", "more than one port"},
      {"a::80", "more than one port"},
      {"::1", "brackets"},
      {"2001:db8::1:443", "brackets"},
      {"[::1", "closing bracket"},
      {"[", "closing bracket"},
      {"[]", "not an IPv6"},
      {"[]:80", "not an IPv6"},
      {"[::1]80", "between"},
      {"[::1]x:80", "between"},
      {"[::1]:80:80", "more than one port"},
      {"[[::1]]", "between"},
      {"[1.2.3.4]", "not an IPv6"},
      {"[example.com]", "not an IPv6"},
      {"[v1.a]", "not an IPv6"},
      {"[1:2:3:4:5:6:7:8:9]", "not an IPv6"},
      {"[1::2::3]", "not an IPv6"},
      {"[::12345]", "not an IPv6"},
      {"[::1 ]", "not an IPv6"},
      {"[" + std::string(100, ':') + "]", "not an IPv6"},
      {"[::1\0]"s, "not an IPv6"},
      {"[fe80::1%eth0]:80", "zone id"},
      {"[fe80::1%25eth0]:80", "zone id"},
      {"a b", "forbidden character"},
      {" a", "forbidden character"},
      {"a/b", "forbidden character"},
      {"a\\b", "forbidden character"},
      {"a,b", "forbidden character"},
      {"a*", "forbidden character"},
      {"a]", "forbidden character"},
      {"a\0b"s, "forbidden character"},
      {"a\r\n", "forbidden character"},
      {"a\x7F", "forbidden character"},
      {"%31%32%37.1", "percent-encoding"},
      {"a%00", "percent-encoding"},
      {"m\xC3\xBCnchen.de", "xn--"},
      {"\xEF\xBC\x91.1", "xn--"},
      {"256.1.1.1", "not an IPv4"},
      {"1.256.1.1", "not an IPv4"},
      {"1.1.1.256", "not an IPv4"},
      {"1.2.3.4.5", "not an IPv4"},
      {"1.2.65536", "not an IPv4"},
      {"1.16777216", "not an IPv4"},
      {"4294967296", "not an IPv4"},
      {"99999999999999999999999", "not an IPv4"},
      {"0x100000000", "not an IPv4"},
      {"08", "not an IPv4"},
      {"127.0.0.09", "not an IPv4"},
      {"example.1", "not an IPv4"},
      {"example.0x7f", "not an IPv4"},
      {"example.0x", "not an IPv4"},
      {"1.a.2", "not an IPv4"},
      {"0xg.1", "not an IPv4"},
  }));
  INFO(text);
  const std::string reason = why(text);
  INFO(reason);
  CHECK(reason.find(word) != std::string::npos);
}

TEST_CASE("A host alone takes IPv6 with and without brackets, and no port") {
  CHECK(host("[2001:db8::1]").kind == HostKind::ipv6);
  CHECK(host("2001:db8::1").kind == HostKind::ipv6);
  CHECK(host("1.2.3.4").kind == HostKind::ipv4);
  CHECK(host("a").kind == HostKind::name);
  CHECK(host("a").port == 0);
  for (const std::string_view text : {""sv, "a:80"sv, "[::1]:80"sv, "[::1"sv, "::1]"sv, "fe80::1%1"sv,
                                      "u@a"sv, "["sv, "]"sv, "[]"sv, "1.2.3.4:80"sv, "http://a"sv, "*.a"sv}) {
    INFO(text);
    CHECK(fold(text).starts_with("wrong: "));
  }
}

TEST_CASE("Hosts of this machine are recognized in all spellings") {
  for (const std::string_view text :
       {"localhost"sv, "LOCALHOST."sv, "a.localhost"sv, "a.b.LocalHost."sv, "127.0.0.1"sv,
        "127.255.255.254"sv, "127.1"sv, "0x7f.1"sv, "017700000001"sv, "2130706433"sv, "0"sv, "0.0.0.0"sv,
        "::1"sv, "[::]"sv, "0:0:0:0:0:0:0:1"sv, "::ffff:127.0.0.1"sv, "::ffff:0:0"sv}) {
    INFO(text);
    CHECK(is_loopback(host(text)));
  }
}

TEST_CASE("Other hosts are not this machine") {
  for (const std::string_view text : {"example.com"sv, "localhost.example.com"sv, "notlocalhost"sv,
                                      "localhost-a"sv, "128.0.0.1"sv, "12.7.0.1"sv, "127.0.0.1.example"sv,
                                      "10.0.0.1"sv, "0.0.0.1"sv, "::2"sv, "::127"sv, "fe80::1"sv, "1::"sv}) {
    INFO(text);
    CHECK_FALSE(is_loopback(host(text)));
  }
}
