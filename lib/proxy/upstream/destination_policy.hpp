// DestinationPolicy: rejects addresses that no client may reach: the proxy's own, the metadata addresses of
// clouds, this machine behind a name, and as an option private addresses behind a name. It checks the address
// that is about to be connected to, so that a name cannot change its meaning between check and use.
#pragma once

#include "dns/resolver.hpp"
#include "http/authority.hpp"
#include "net/endpoint.hpp"
#include "policy/policy.hpp"
#include "proxy/proxy_error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::proxy {

struct DestinationOptions {
  bool allow_metadata = false;
  /// Rejects names whose DNS answer holds a private address. Addresses in the request itself, localhost, and
  /// the addresses of the hosts file are the user's own words and pass, here and below.
  bool deny_private = false;
  /// Permits names whose DNS answer holds a loopback, link-local or unspecified address. A browser behind a
  /// proxy does not see addresses, so its own defense against DNS rebinding is gone: without this check a
  /// page could reach every service on loopback by a name of its own.
  bool allow_loopback_names = false;
};

/// Loop thread only.
class DestinationPolicy {
 public:
  /// `own` are the addresses on which the proxy listens.
  DestinationPolicy(net::Endpoint own, DestinationOptions options);

  /// Returns why `authority` may not be connected to at any of its addresses, or nothing. One forbidden
  /// address rejects the name: mixed answers are typical of DNS rebinding. `policy` may block networks; null:
  /// there is none.
  std::optional<ProxyError> rejection(const http::Authority& authority, const dns::Resolution& found,
                                      const policy::Policy* policy) const;

  /// Returns true if a connection to this address and port reaches this proxy.
  bool is_own(const net::Address& address, std::uint16_t port) const noexcept;

 private:
  std::optional<ProxyError> rejection_of(const http::Authority& authority, const net::Address& address,
                                         bool is_from_dns, const policy::Policy* policy) const;

  net::Endpoint own_;
  DestinationOptions options_;
};

/// Returns the block pattern for an address to which a name leads, or an empty text. `policy` may be null.
std::string_view blocking_network(const policy::Policy* policy, const net::Address& address,
                                  std::uint16_t port);

/// Returns true if `authority` is an address literal that is_metadata(): it means this machine's cloud, never
/// the gateway's.
bool is_metadata(const http::Authority& authority);

}  // namespace aluvia::proxy
