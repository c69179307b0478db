// The one spelling of a host, for requests, rules and options alike: a rule decides about a request only
// where both have become the same bytes.
//
//   host   = "[" IPv6address "]" / IPv6address / IPv4 / name
//   IPv4   = number *3( "." number )         (inet_aton, and the WHATWG URL standard's IPv4 parser)
//   number = 1*DIGIT / "0" *OCTDIGIT / "0x" *HEXDIG
//   name   = label *( "." label ) [ "." ]    (RFC 1123 §2.1, and '_' as it is met in the wild)
//
// As in browsers, a host whose last label is a number is an IPv4 address or wrong, never a name: otherwise
// 127.1 would pass for a name here and reach this machine all the same. Names are not looked up here.
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
  character,         ///< any other that no host name has
  empty_label,
  long_label,  ///< over 63 bytes
  long_name,   ///< over 253 bytes
  not_ipv4,    ///< ends in a number and is no IPv4 address
  not_ipv6,
  zone_id,       ///< an IPv6 address with a '%'
  open_bracket,  ///< an IPv6 address without its closing bracket
};
/// A phrase such as "a host name with an empty label"; a literal.
std::string_view describe(HostError error) noexcept;

/// Any bytes may be given.
Result<Host, HostError> canonical_host(std::string_view text);
/// The same of a host that stands in no brackets and is not IPv6: a name or an IPv4 address.
Result<Host, HostError> canonical_name(std::string_view text);
/// An IPv6 address without brackets.
Result<Host, HostError> canonical_ipv6(std::string_view text);
/// Labels of a name in lower case, without a trailing dot, not read as an address: what stands beside the `*`
/// of a rule.
Result<std::string, HostError> canonical_labels(std::string_view text);

}  // namespace aluvia::host
