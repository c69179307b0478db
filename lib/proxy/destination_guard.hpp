// Addresses that no client is taken to, whatever its request calls them: the proxy's own, those where clouds
// serve credentials, and on request private ones behind a public name. It looks at what is about to be
// connected to, so that a name cannot mean one thing when it is checked and another when it is used.
#pragma once

#include "http/authority.hpp"
#include "net/resolver.hpp"
#include "proxy/failure.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aluvia::proxy {

struct GuardOptions {
  bool allow_metadata = false;
  /// Refuses names whose DNS answer holds a private address (DNS rebinding). Addresses in the request itself,
  /// localhost, and what the hosts file says are meant as they are.
  bool deny_private = false;
};

/// Loop thread only.
class DestinationGuard {
 public:
  /// `own`: where the proxy listens.
  DestinationGuard(net::Resolver& resolver, net::Endpoint own, GuardOptions options);

  /// Why none of `addresses`, which `authority` stands for, may be connected to. One that is refused refuses
  /// all: a site that mixes them means no good.
  std::optional<Failure> refusal(const http::Authority& authority,
                                 const std::vector<net::Address>& addresses) const;

  /// Whether somebody who connects there comes out at this proxy.
  bool is_own(const net::Address& address, std::uint16_t port) const noexcept;

 private:
  bool is_rebound(const http::Authority& authority, const net::Address& address) const;

  net::Resolver& resolver_;
  net::Endpoint own_;
  GuardOptions options_;
};

/// Whether `authority` is an address literal that is_metadata(): it means this machine's cloud, never the
/// gateway's.
bool is_metadata(const http::Authority& authority);

}  // namespace aluvia::proxy
