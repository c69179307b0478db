// Classifies IP addresses, in whatever notation they come: loopback, private, one of this machine's, in a
// range, or one where a cloud hands out credentials. Knows neither names nor policy.
#pragma once

#include "base/result.hpp"
#include "loop/loop.hpp"
#include "net/endpoint.hpp"
#include "net/socket.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::net {

/// The IPv4 address where `address` is one in IPv6 clothes (::ffff:a.b.c.d, RFC 4291 §2.5.5.2), else itself.
Address unmapped(const Address& address);

/// A network in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3).
class AddressRange {
 public:
  /// `10.0.0.0/8`, `2001:db8::/32`, or one address. The error is a phrase that names `text`: no address, a
  /// prefix that is too long, a zone, or bits set behind the prefix.
  static Result<AddressRange, std::string> parse(std::string_view text);

  /// An IPv4 address in IPv6 clothes counts as the IPv4 address; `::/0` holds no IPv4 address.
  bool contains(const Address& address) const noexcept;

 private:
  AddressRange(const Address& network, unsigned prefix) noexcept;

  asio::ip::address_v6::bytes_type bytes_;  // IPv4 as ::ffff:a.b.c.d
  unsigned prefix_;                         // of those 128 bits
};

/// True for addresses at which clouds serve credentials or the secrets of a machine's setup, and for IPv6
/// addresses from which a translator or a tunnel makes such an IPv4 address (RFC 6052, 8215, 2765, 3056,
/// 4380, 5214).
bool is_metadata(const Address& address);

/// True for addresses of no public host: this machine, private networks (RFC 1918, 4193), the carrier's
/// (RFC 6598), the link (RFC 3927), multicast, reserved. Also inside an IPv6 address, as above.
bool is_private(const Address& address);

/// Addresses that never leave this machine or its link.
enum class LocalKind {
  loopback,     ///< 127.0.0.0/8, ::1
  link_local,   ///< 169.254.0.0/16, fe80::/10
  unspecified,  ///< 0.0.0.0/8, ::, which the kernel connects to this machine
};

/// The kind of `address`, or of an IPv4 address inside it, as above; none for every other address.
std::optional<LocalKind> local_kind(const Address& address);

/// "loopback", "link-local" or "unspecified".
std::string_view name_of(LocalKind kind) noexcept;

/// True if a connection to `address` reaches this machine: loopback, unspecified, or an interface's. Asks the
/// kernel's routes now; sends nothing.
bool is_of_this_machine(const Address& address) noexcept;

/// The other end of a connected socket, unmapped; nothing where it has gone already.
std::optional<Address> peer_address(const Socket& socket);
std::optional<Address> peer_address(int descriptor);
std::optional<Endpoint> peer_endpoint(int descriptor);

}  // namespace aluvia::net
