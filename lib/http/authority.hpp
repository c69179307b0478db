// Authorities: host and port, one parser for CONNECT, Host and absolute-form (RFC 9110 §4.2, RFC 3986 §3.2).
//
// The host is folded into one spelling, so that rules, loop checks and connection pools compare plain
// strings: letters in lower case, one trailing dot dropped, IPv4 in every numeric spelling that inet_aton
// and browsers accept (0x7f.1, 127.1, 2130706433, 017700000001) as four decimal numbers, IPv6 without
// brackets in the form of RFC 5952, and an IPv4-mapped IPv6 address as the IPv4 address that it is.
// Refused: userinfo, empty hosts, port 0 and above 65535, characters outside those of a host name
// (letters, digits, '-', '.', '_'), labels over 63 and names over 253 bytes, empty labels, zone ids.
#pragma once

#include "base/result.hpp"
#include "http/progress.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::http {

enum class HostKind { name, ipv4, ipv6 };

struct Authority {
  std::string host;  ///< folded, see above; never empty, IPv6 without brackets
  std::uint16_t port = 0;
  HostKind kind = HostKind::name;

  /// host:port, IPv6 in brackets: for CONNECT, logs and pool keys.
  std::string text() const;
  friend bool operator==(const Authority&, const Authority&) = default;
};

/// Reads `host[:port]`. Without a port, `default_port` is taken; where there is none either, that is wrong.
Result<Authority, ParseError> parse_authority(std::string_view text,
                                              std::optional<std::uint16_t> default_port);

/// Folds a host alone (an IPv6 literal with or without brackets), as rules and options write it.
Result<Authority, ParseError> parse_host(std::string_view text);

/// Whether traffic for this host must stay on this machine: 127.0.0.0/8, ::1, the unspecified addresses
/// (connecting to them reaches this machine), `localhost` and every name below it (RFC 6761 §6.3).
bool is_loopback(const Authority& authority) noexcept;

}  // namespace aluvia::http
