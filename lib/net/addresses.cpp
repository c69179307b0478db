#include "net/addresses.hpp"

#include "base/logger.hpp"
#include "base/number.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

using asio::ip::address_v4;
using asio::ip::address_v6;

constexpr unsigned mapped_prefix = 96;

// Each is reachable only from the machine itself, and answers every process there.
constexpr std::array<std::string_view, 12> metadata_addresses{
    "169.254.169.254",  // Amazon, Google, Azure, DigitalOcean, Oracle, OpenStack and most others
    "fd00:ec2::254",    // Amazon over IPv6
    "fd20:ce::254",     // Google over IPv6
    "169.254.170.2",    // Amazon ECS: the task's credentials
    "169.254.170.23",   // Amazon EKS: the pod's credentials
    "fd00:ec2::23",     // the same over IPv6
    "100.100.100.200",  // Alibaba
    "168.63.129.16",    // Azure's wire server: certificates and secrets of the set-up
    "169.254.0.23",     // Tencent
    "169.254.42.42",    // Scaleway
    "fd00:42::42",      // Scaleway over IPv6
    "192.0.0.192",      // Oracle, the older generation
};

// Of the registries of special-purpose addresses (RFC 6890), what is not globally reachable.
constexpr std::array<std::string_view, 18> private_ranges{
    "0.0.0.0/8",    "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",    "::/128",
    "::1/128",      "100::/64",       "fc00::/7",      "fe80::/10",   "fec0::/10",      "ff00::/8",
};

using Ranges = std::vector<AddressRange>;

Ranges parsed(std::span<const std::string_view> texts) {
  Ranges out;
  for (const std::string_view text : texts) out.push_back(*AddressRange::parse(text));
  return out;
}

bool holds(const Ranges& ranges, const Address& address) {
  return std::ranges::any_of(ranges, [&](const AddressRange& range) { return range.contains(address); });
}

address_v4 ipv4_of(const address_v4::bytes_type& bytes, unsigned char mask = 0) {
  address_v4::bytes_type out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = bytes[i] ^ mask;
  return address_v4(out);
}

address_v4 ipv4_at(const address_v6::bytes_type& bytes, std::size_t place, unsigned char mask = 0) {
  return ipv4_of({bytes[place], bytes[place + 1], bytes[place + 2], bytes[place + 3]}, mask);
}

/// IPv4 addresses that translators and tunnels may take out of one IPv6 address.
class EmbeddedIpv4 {
 public:
  void add(const address_v4& address) { addresses_[count_++] = address; }
  const address_v4* begin() const noexcept { return addresses_.data(); }
  const address_v4* end() const noexcept { return addresses_.data() + count_; }

 private:
  std::array<address_v4, 7> addresses_;  // the most that embedded_ipv4() finds
  std::size_t count_ = 0;
};

// RFC 8215 leaves the prefix length of 64:ff9b:1::/48 to the network, so every length of RFC 6052 §2.2 that
// fits is read. At most one reading is right. A wrong one usually begins in the zeros of the prefix or ends
// in those of the suffix: such a reading is skipped, or sites would be rejected for an address that they
// never had.
void add_local_nat64(const address_v6::bytes_type& bytes, EmbeddedIpv4& out) {
  constexpr std::size_t prefix = 6;    // bytes of 64:ff9b:1::/48
  constexpr std::size_t reserved = 8;  // RFC 6052 §2.2: bits 64 to 71 are skipped
  const bool is_zero =
      std::all_of(bytes.begin() + prefix, bytes.end(), [](unsigned char b) { return b == 0; });
  if (is_zero) return out.add(address_v4::any());
  for (const std::size_t place : {std::size_t{6}, std::size_t{7}, std::size_t{8}, std::size_t{12}}) {
    address_v4::bytes_type found;
    std::size_t from = place;
    for (unsigned char& byte : found) {
      if (from == reserved) ++from;
      byte = bytes[from++];
    }
    const bool begins_in_prefix = found.front() == 0;
    const bool ends_in_suffix = found.back() == 0 && place != prefix;
    if (!begins_in_prefix && !ends_in_suffix) out.add(ipv4_of(found));
  }
}

// One address may have several forms at once, such as ISATAP in a 6to4 network: every one is read.
EmbeddedIpv4 embedded_ipv4(const address_v6& address) {
  static const Ranges ends_with_it = parsed(std::array<std::string_view, 3>{
      "::/96",            // IPv4-compatible (RFC 4291 §2.5.5.1)
      "::ffff:0:0:0/96",  // IPv4-translated (RFC 2765 §2.1)
      "64:ff9b::/96",     // NAT64 (RFC 6052 §2.1)
  });
  static const AddressRange local_nat64 = *AddressRange::parse("64:ff9b:1::/48");  // RFC 8215
  static const AddressRange six_to_four = *AddressRange::parse("2002::/16");       // RFC 3056
  static const AddressRange teredo = *AddressRange::parse("2001::/32");            // RFC 4380 §4
  const auto bytes = address.to_bytes();
  EmbeddedIpv4 out;
  const bool is_isatap = (bytes[8] & 0xFD) == 0 && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE;
  if (is_isatap || holds(ends_with_it, address)) out.add(ipv4_at(bytes, 12));  // RFC 5214 §6.1
  if (local_nat64.contains(address)) add_local_nat64(bytes, out);
  if (six_to_four.contains(address)) out.add(ipv4_at(bytes, 2));
  if (teredo.contains(address)) {
    out.add(ipv4_at(bytes, 4));  // the server
    out.add(ipv4_at(bytes, 12, 0xFF));
  }
  return out;
}

template <class Predicate>
bool any_form(const Address& address, Predicate fits) {
  const Address plain = unmapped(address);
  if (fits(plain)) return true;
  if (plain.is_v4()) return false;
  const EmbeddedIpv4 embedded = embedded_ipv4(plain.to_v6());
  return std::ranges::any_of(embedded, [&](const address_v4& one) { return fits(Address(one)); });
}

bool holds_any_form(const Ranges& ranges, const Address& address) {
  return any_form(address, [&](const Address& one) { return holds(ranges, one); });
}

std::vector<Address> addresses_of(std::span<const std::string_view> texts) {
  std::vector<Address> out;
  for (const std::string_view text : texts) out.push_back(asio::ip::make_address(text));
  return out;
}

address_v6::bytes_type bytes_of(const Address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

bool share_prefix(const address_v6::bytes_type& a, const address_v6::bytes_type& b,
                  unsigned prefix) noexcept {
  const std::size_t whole = prefix / 8;
  const unsigned rest = prefix % 8;
  return std::memcmp(a.data(), b.data(), whole) == 0 &&
         (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

bool has_bits_behind(const address_v6::bytes_type& bytes, unsigned prefix) noexcept {
  const std::size_t whole = prefix / 8;
  if (whole == bytes.size()) return false;
  return (bytes[whole] & 0xFF >> prefix % 8) != 0 ||
         std::any_of(bytes.begin() + whole + 1, bytes.end(), [](unsigned char byte) { return byte != 0; });
}

std::optional<unsigned> number(std::string_view text, unsigned most) {
  const auto value = parse_number<unsigned>(text);
  return value && *value <= most ? value : std::nullopt;
}

}  // namespace

Address unmapped(const Address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

AddressRange::AddressRange(const Address& network, unsigned prefix) noexcept
    : bytes_(bytes_of(network)), prefix_(network.is_v4() ? prefix + mapped_prefix : prefix) {}

Result<AddressRange, std::string> AddressRange::parse(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return Err{fmt::format("'{}' {}", printable(text, 80), why)};
  };
  const auto slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  std::error_code error;
  const Address network = asio::ip::make_address(host, error);
  if (error || host.find('%') != host.npos) return wrong("is no address and no network such as 10.0.0.0/8");
  const unsigned most = network.is_v4() ? 32 : 128;
  const auto prefix = slash == text.npos ? most : number(text.substr(slash + 1), most);
  if (!prefix) return wrong(fmt::format("needs a prefix from 0 to {}", most));
  AddressRange range(network, *prefix);
  if (has_bits_behind(range.bytes_, range.prefix_)) {
    return wrong("has bits set behind its prefix: write the network's own address, or leave the prefix out");
  }
  return range;
}

bool AddressRange::contains(const Address& address) const noexcept {
  const auto bytes = bytes_of(address);
  const bool is_v4 = address.is_v4() || address.to_v6().is_v4_mapped();
  return (!is_v4 || prefix_ >= mapped_prefix) && share_prefix(bytes_, bytes, prefix_);
}

// Every dial asks, and single addresses are compared faster than ranges.
bool is_metadata(const Address& address) {
  static const std::vector<Address> known = addresses_of(metadata_addresses);
  return any_form(address, [](const Address& one) { return std::ranges::find(known, one) != known.end(); });
}

bool is_private(const Address& address) {
  static const Ranges ranges = parsed(private_ranges);
  return holds_any_form(ranges, address);
}

std::optional<LocalKind> local_kind(const Address& address) {
  using Texts = std::array<std::string_view, 2>;
  static const Ranges loopback = parsed(Texts{"127.0.0.0/8", "::1/128"});
  static const Ranges link_local = parsed(Texts{"169.254.0.0/16", "fe80::/10"});
  static const Ranges unspecified = parsed(Texts{"0.0.0.0/8", "::/128"});
  if (holds_any_form(loopback, address)) return LocalKind::loopback;
  if (holds_any_form(link_local, address)) return LocalKind::link_local;
  if (holds_any_form(unspecified, address)) return LocalKind::unspecified;
  return std::nullopt;
}

std::string_view name_of(LocalKind kind) noexcept {
  switch (kind) {
    case LocalKind::loopback:
      return "loopback";
    case LocalKind::link_local:
      return "link-local";
    case LocalKind::unspecified:
      break;
  }
  return "unspecified";
}

// The kernel talks to an address of its own from that very address.
bool is_of_this_machine(const Address& address) noexcept {
  const Address plain = unmapped(address);
  if (plain.is_loopback() || plain.is_unspecified()) return true;
  const Endpoint there(plain, 9);
  const int probe = ::socket(there.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  Endpoint here;
  auto size = static_cast<socklen_t>(here.capacity());
  const bool known = ::connect(probe, there.data(), static_cast<socklen_t>(there.size())) == 0 &&
                     ::getsockname(probe, here.data(), &size) == 0;
  ::close(probe);
  return known && here.address() == plain;
}

std::optional<Address> peer_address(const Socket& socket) {
  return peer_address(socket.native_handle());
}

std::optional<Address> peer_address(int descriptor) {
  const auto peer = peer_endpoint(descriptor);
  return peer ? std::optional(peer->address()) : std::nullopt;
}

std::optional<Endpoint> peer_endpoint(int descriptor) {
  Endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  if (::getpeername(descriptor, peer.data(), &size) != 0) return std::nullopt;
  return Endpoint(unmapped(peer.address()), peer.port());
}

}  // namespace aluvia::net
