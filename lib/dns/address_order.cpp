#include "dns/address_order.hpp"

#include "net/addresses.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::dns {
namespace {

struct Policy {
  net::AddressRange range;
  int precedence;
  int label;
};

// RFC 6724 §2.1; the first range that holds an address decides.
const Policy& policy_of(const net::Address& address) {
  static const auto range = [](const char* text) { return *net::AddressRange::parse(text); };
  static const std::array<Policy, 9> table{{
      {range("0.0.0.0/0"), 35, 4},
      {range("::1"), 50, 0},
      {range("2002::/16"), 30, 2},
      {range("2001::/32"), 5, 5},
      {range("fc00::/7"), 3, 13},
      {range("fec0::/10"), 1, 11},
      {range("3ffe::/16"), 1, 12},
      {range("::/96"), 1, 3},
      {range("::/0"), 40, 1},
  }};
  return *std::find_if(table.begin(), table.end() - 1,
                       [&](const Policy& policy) { return policy.range.contains(address); });
}

enum class Scope { link = 2, site = 5, global = 14 };

// RFC 6724 §3.1 and §3.2; private IPv4 networks are global.
Scope scope_of(const net::Address& address) {
  const auto kind = net::local_kind(address);
  if (kind == net::LocalKind::loopback || kind == net::LocalKind::link_local) return Scope::link;
  const net::Address plain = net::unmapped(address);
  return plain.is_v6() && plain.to_v6().is_site_local() ? Scope::site : Scope::global;
}

/// Compares as the destinations do: less is tried first.
using Rank = std::tuple<bool, bool, bool, int, Scope>;

Rank rank_of(const net::Address& address, const std::optional<net::Address>& source) {
  const Policy& policy = policy_of(address);
  const Scope scope = scope_of(address);
  const bool differs_in_scope = !source || scope_of(*source) != scope;
  const bool differs_in_label = !source || policy_of(*source).label != policy.label;
  return {!source, differs_in_scope, differs_in_label, -policy.precedence, scope};
}

/// A datagram socket that is connected to one address after the other, to see where it would send from.
class RouteProbe {
 public:
  ~RouteProbe() {
    for (const int descriptor : descriptors_) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }

  std::optional<net::Address> source_of(const net::Address& address) {
    const net::Endpoint there(address, 9);
    int& descriptor = descriptors_[address.is_v6() ? 1 : 0];
    if (descriptor < 0) descriptor = ::socket(there.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return std::nullopt;
    const sockaddr none{.sa_family = AF_UNSPEC, .sa_data = {}};
    ::connect(descriptor, &none, sizeof none);  // forgets the last source
    net::Endpoint here;
    auto size = static_cast<socklen_t>(here.capacity());
    if (::connect(descriptor, there.data(), static_cast<socklen_t>(there.size())) != 0 ||
        ::getsockname(descriptor, here.data(), &size) != 0) {
      return std::nullopt;
    }
    return here.address();
  }

 private:
  std::array<int, 2> descriptors_{-1, -1};  // IPv4, IPv6
};

}  // namespace

void sort_by_preference(std::vector<net::Address>& addresses, const SourceOf& source_of) {
  if (addresses.size() < 2) return;
  std::vector<std::pair<Rank, net::Address>> ranked;
  ranked.reserve(addresses.size());
  for (const net::Address& address : addresses)
    ranked.emplace_back(rank_of(address, source_of(address)), address);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::ranges::transform(ranked, addresses.begin(), [](const auto& one) { return one.second; });
}

void sort_by_preference(std::vector<net::Address>& addresses) {
  if (addresses.size() < 2) return;
  RouteProbe probe;
  sort_by_preference(addresses, [&probe](const net::Address& address) { return probe.source_of(address); });
}

}  // namespace aluvia::dns
