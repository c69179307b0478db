// Network: an IP address or a CIDR network (RFC 4632 §3.1, RFC 4291 §2.3) as bytes, without sockets.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::policy {

/// An IPv6 address in network order; an IPv4 address as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
using AddressBytes = std::array<unsigned char, 16>;

/// Returns the address of a canonical host (host/host.hpp), or nothing for a name. Does not allocate.
std::optional<AddressBytes> address_of(std::string_view host) noexcept;

struct Network {
  AddressBytes bytes{};
  unsigned prefix = 128;  ///< of the 128 bits: 96 more than people write for IPv4

  bool is_ipv4() const noexcept;
  bool is_address() const noexcept { return prefix == 128; }
  /// `::/0` holds no IPv4 address.
  bool contains(const AddressBytes& address) const noexcept;
  /// Returns "10.0.0.0/8", "fd00::/8", or an address alone.
  std::string text() const;

  friend bool operator==(const Network&, const Network&) = default;
};

/// Returns the first `prefix` bits of an address; the others are 0.
AddressBytes masked(AddressBytes address, unsigned prefix) noexcept;

/// Parses `ADDRESS/PREFIX`; the address must be in its usual form, without brackets or zone. The error is a
/// reason and what to write instead.
Result<Network, std::string> parse_cidr(std::string_view text);

}  // namespace aluvia::policy
