#include "proxy/upstream/destination_policy.hpp"

#include "base/logger.hpp"
#include "net/addresses.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

// "a.example:80 leads to 10.0.0.1", or the address alone where it stands in the request.
std::string named(const http::Authority& authority, const net::Address& address) {
  if (authority.host == address.to_string()) return authority.text();
  return fmt::format("{} leads to {}", authority.text(), address.to_string());
}

}  // namespace

DestinationPolicy::DestinationPolicy(net::Endpoint own, DestinationOptions options)
    : own_(std::move(own)), options_(options) {}

// A socket on all addresses of a family answers at each of this machine's; one on a single address only
// there, and where connecting to "any" leads.
bool DestinationPolicy::is_own(const net::Address& address, std::uint16_t port) const noexcept {
  if (port != own_.port()) return false;
  const net::Address own = net::unmapped(own_.address());
  const net::Address there = net::unmapped(address);
  if (there == own) return true;
  if (!own.is_unspecified()) return there.is_unspecified() && own.is_loopback();
  return (own.is_v6() || there.is_v4()) && net::is_of_this_machine(there);
}

std::optional<ProxyError> DestinationPolicy::rejection_of(const http::Authority& authority,
                                                          const net::Address& address, bool is_from_dns,
                                                          const policy::Policy* policy) const {
  if (is_own(address, authority.port)) {
    return ProxyError(ProxyErrorKind::loop,
                      fmt::format("{} is this proxy itself", named(authority, address)));
  }
  if (const auto block = blocking_network(policy, address, authority.port); !block.empty()) {
    return ProxyError(ProxyErrorKind::blocked, fmt::format("{}, which the policy of this proxy blocks ({})",
                                                           named(authority, address), printable(block, 80)));
  }
  const bool is_metadata = net::is_metadata(address);
  if (is_metadata && !options_.allow_metadata) {
    return ProxyError(
        ProxyErrorKind::metadata_address,
        fmt::format("{}, where a cloud serves credentials, and this proxy allows no connection there",
                    named(authority, address)));
  }
  if (!is_from_dns) return std::nullopt;
  const bool is_denied = options_.deny_private && net::is_private(address);
  const auto local = options_.allow_loopback_names || is_metadata ? std::nullopt : net::local_kind(address);
  if (!is_denied && !local) return std::nullopt;
  if (is_denied) {
    return ProxyError(ProxyErrorKind::private_address,
                      fmt::format("{}, a private address, and this proxy allows no name to lead there",
                                  named(authority, address)));
  }
  return ProxyError(
      ProxyErrorKind::local_address,
      fmt::format("{} ({}) by its DNS answer, and a web page could reach this machine by such a name",
                  named(authority, address), net::name_of(*local)));
}

// The kinds of failure stand in the order of their weight: of several the gravest is named.
std::optional<ProxyError> DestinationPolicy::rejection(const http::Authority& authority,
                                                       const dns::Resolution& found,
                                                       const policy::Policy* policy) const {
  std::optional<ProxyError> gravest;
  for (const net::Address& address : found.addresses) {
    auto failure = rejection_of(authority, address, found.is_from_dns, policy);
    if (failure && (!gravest || failure->kind < gravest->kind)) gravest = std::move(failure);
  }
  return gravest;
}

std::string_view blocking_network(const policy::Policy* policy, const net::Address& address,
                                  std::uint16_t port) {
  if (!policy || !policy->blocks_networks()) return {};
  const net::Address plain = net::unmapped(address);
  const auto bytes = plain.is_v6() ? plain.to_v6().to_bytes()
                                   : asio::ip::make_address_v6(asio::ip::v4_mapped, plain.to_v4()).to_bytes();
  return policy->block_of_address(bytes, port);
}

bool is_metadata(const http::Authority& authority) {
  if (authority.kind == http::HostKind::name) return false;
  std::error_code error;
  const net::Address address = asio::ip::make_address(authority.host, error);
  return !error && net::is_metadata(address);
}

}  // namespace aluvia::proxy
