// Parses authorities, host and port, for CONNECT, Host and absolute-form (RFC 9110 §4.2, RFC 3986 §3.2).
//
// Hosts are canonical, so that rules, loop checks and connection pools compare plain strings: letters in
// lower case, no trailing dot, IPv4 in every numeric spelling of inet_aton and browsers (0x7f.1, 127.1,
// 2130706433, 017700000001) as four decimal numbers, IPv6 without brackets in the form of RFC 5952, and an
// IPv4-mapped IPv6 address as its IPv4 address. Rejected: userinfo, empty hosts, port 0 and ports above
// 65535, characters other than letters, digits, '-',
// '.' and '_', labels over 63 and names over 253 bytes, empty labels, zone ids.
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
  std::string host;  ///< canonical; never empty, IPv6 without brackets
  std::uint16_t port = 0;
  HostKind kind = HostKind::name;

  /// Returns host:port, IPv6 in brackets, for CONNECT, logs and pool keys.
  std::string text() const;
  template <class Text>
  void append_to(Text& out) const {  // std::string or SecretString
    const bool is_literal = kind == HostKind::ipv6;
    if (is_literal) out += '[';
    out.append(host).append(is_literal ? "]:" : ":").append(std::to_string(port));
  }
  friend bool operator==(const Authority&, const Authority&) = default;
};

/// Parses `host[:port]`. If the port is missing, `default_port` is used; without a default that is an error.
Result<Authority, ParseError> parse_authority(std::string_view text,
                                              std::optional<std::uint16_t> default_port);

/// Parses a host without a port (an IPv6 literal with or without brackets), as in rules and options.
Result<Authority, ParseError> parse_host(std::string_view text);

/// Returns true if traffic for this host must stay on this machine: 127.0.0.0/8, ::1, the unspecified
/// addresses (a connect to them reaches this machine), `localhost` and all names below it (RFC 6761 §6.3).
bool is_loopback(const Authority& authority) noexcept;

}  // namespace aluvia::http
