// Fuzz target for authorities: canonical form is stable, and the C library agrees on addresses.
#include "http/authority.hpp"

#include "base/ascii.hpp"
#include "http/target.hpp"
#include "target.hpp"

#include <algorithm>
#include <string>

#include <arpa/inet.h>

namespace aluvia::fuzz {
namespace {

bool is_folded(char c) {
  return (ascii::is_alnum(c) && !ascii::is_upper(c)) || c == '-' || c == '.' || c == '_';
}

void check_name(const http::Authority& authority) {
  const std::string& host = authority.host;
  require(std::all_of(host.begin(), host.end(), is_folded),
          "a name has the characters of one, in lower case");
  require(host.size() <= 253 && !host.ends_with('.') && !host.starts_with('.'),
          "a name has no dot around it");
  in_addr address{};
  require(inet_aton(host.c_str(), &address) == 0, "what the C library takes for an address is no name");
}

void check_address(const http::Authority& authority) {
  in6_addr address{};
  const int family = authority.kind == http::HostKind::ipv4 ? AF_INET : AF_INET6;
  require(inet_pton(family, authority.host.c_str(), &address) == 1, "an address is one");
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family, &address, text, sizeof text);
  require(authority.host == text, "an address has one spelling");
  if (family == AF_INET6) require(!IN6_IS_ADDR_V4MAPPED(&address), "a mapped address is the IPv4 address");
}

// The address that the C library reads in `host`, which has the characters of a name.
void check_against_c_library(const std::string& host, const http::Authority& authority) {
  in_addr address{};
  if (host.empty() ||
      !std::all_of(host.begin(), host.end(), [](char c) { return is_folded(ascii::lower(c)); }))
    return;
  if (inet_aton(host.c_str(), &address) == 0) return;
  require(authority.kind == http::HostKind::ipv4, "what the C library takes for an address is one");
  require(authority.host == inet_ntoa(address), "both read the same address");
}

void check_target(std::string_view text, const http::Authority& authority) {
  const std::string url = "http://" + std::string(text) + "/x";
  const auto target = http::parse_target({"GET", url, 1, {}});
  require(target && target->authority == authority && target->path == "/x", "a URL has the same authority");
}

}  // namespace

void authority(std::string_view input) {
  const auto alone = http::parse_host(input);
  if (alone) require(*http::parse_host(alone->host) == *alone, "folding what is folded changes nothing");

  const auto parsed = http::parse_authority(input, 80);
  const auto with_port = http::parse_authority(input, std::nullopt);
  require(parsed || !with_port, "a default port makes nothing wrong");
  if (!parsed) return require(parsed.error().status == 400, "what is wrong is the client's");
  require(parsed->port != 0 && !parsed->host.empty(), "an authority has a host and a port");
  require(!with_port || *with_port == *parsed, "a written port counts");
  const auto again = http::parse_authority(parsed->text(), std::nullopt);
  require(again && *again == *parsed, "an authority writes itself back");
  if (parsed->kind == http::HostKind::name) check_name(*parsed);
  if (parsed->kind != http::HostKind::name) check_address(*parsed);
  check_against_c_library(std::string(input.substr(0, input.find(':'))), *parsed);
  check_target(input, *parsed);
}

}  // namespace aluvia::fuzz
