// Canonical form of a host, for requests, rules and options: a rule matches a request only if both have the
// same bytes.
//
//   host   = "[" IPv6address "]" / IPv6address / IPv4 / name
//   IPv4   = number *3( "." number )         (inet_aton, and the WHATWG URL standard's IPv4 parser)
//   number = 1*DIGIT / "0" *OCTDIGIT / "0x" *HEXDIG
//   name   = label *( "." label ) [ "." ]    (RFC 1123 §2.1, plus '_', which is common in practice)
//
// As in browsers, a host whose last label is a number is an IPv4 address or an error, never a name: otherwise
// 127.1 would count as a name here and still reach this machine. No names are resolved.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace aluvia::host {

enum class Kind { name, ipv4, ipv6 };

struct Host {
  /// Letters in lower case, no trailing dot, IPv4 as four decimal numbers, IPv6 without brackets in the form
  /// of RFC 5952, an IPv4-mapped IPv6 address as the IPv4 address that it is. Never empty.
  std::string text;
  Kind kind = Kind::name;
};

enum class HostError {
  empty,
  not_ascii,
  percent,           ///< percent-encoding
  user_information,  ///< an '@'
  character,         ///< another character that a host name cannot have
  empty_label,
  long_label,  ///< over 63 bytes
  long_name,   ///< over 253 bytes
  not_ipv4,    ///< ends in a number and is not an IPv4 address
  not_ipv6,
  zone_id,       ///< an IPv6 address with a '%'
  open_bracket,  ///< an IPv6 address without its closing bracket
};
/// Returns a string literal such as "a host name with an empty label".
std::string_view describe(HostError error) noexcept;

/// Returns the canonical form of a host. `text` may hold any bytes.
Result<Host, HostError> canonical_host(std::string_view text);
/// As canonical_host(), for a name or an IPv4 address.
Result<Host, HostError> canonical_name(std::string_view text);
/// As canonical_host(), for an IPv6 address without brackets.
Result<Host, HostError> canonical_ipv6(std::string_view text);
/// Returns the labels beside the `*` of a rule in lower case. They are not read as an address and must not
/// end in a dot.
Result<std::string, HostError> canonical_labels(std::string_view text);

}  // namespace aluvia::host
