// The one spelling of a host in a rule. A request's host arrives folded (http::Authority::host), so a rule
// that names the same host another way has to become the same bytes, or it would never match.
//
// Knows names and address literals; refuses to know wildcards, ports and everything else around a host.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::rules {

/// `text` (an IPv6 literal without brackets) in the form of RFC 5952; an IPv4-mapped address as the IPv4
/// address that it is. Nothing where it is no IPv6 address, or one with a zone id.
std::optional<std::string> fold_ipv6(std::string_view text);

/// A host name in lower case; an IPv4 address in any spelling that inet_aton knows (127.1, 0x7f.1) as four
/// decimal numbers. Nothing where the last label is a number and the whole no address: no request carries
/// such a host. Precondition: is_name(text).
std::optional<std::string> fold_name(std::string_view text);

/// Letters, digits, '-' and '_' in labels that are not empty, between dots.
bool is_name(std::string_view text) noexcept;

}  // namespace aluvia::rules
