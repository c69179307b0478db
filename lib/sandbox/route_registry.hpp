// RouteRegistry: tells which of the origin's connections come from the gateway, and from which of its
// addresses. The gateway registers a connection before it sends the first byte, so the origin, which asks
// after it has read a head, always finds it.
#pragma once

#include "sandbox/record.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <asio/ip/tcp.hpp>

namespace aluvia::sandbox {

/// Loop thread only.
class RouteRegistry {
 public:
  /// `socket` is the gateway's end; `exit_address` the address that a site would see.
  void add(const asio::ip::tcp::socket& socket, std::string exit_address) {
    std::error_code error;
    const auto local = socket.local_endpoint(error);
    const auto remote = socket.remote_endpoint(error);
    if (!error) exits_.insert_or_assign(Ports(local.port(), remote.port()), std::move(exit_address));
  }

  /// The ports of a connection at the origin: the client's, then the origin's.
  using Ports = std::pair<std::uint16_t, std::uint16_t>;
  static Ports ports_at_origin(const asio::ip::tcp::socket& socket) {
    std::error_code error;
    const auto remote = socket.remote_endpoint(error);
    const auto local = socket.local_endpoint(error);
    return {remote.port(), local.port()};
  }

  Route of(const Ports& ports) const { return exits_.contains(ports) ? Route::gateway : Route::direct; }
  /// Returns an empty string for a direct connection.
  std::string exit_address(const Ports& ports) const {
    const auto found = exits_.find(ports);
    return found == exits_.end() ? std::string() : found->second;
  }
  /// Forgets a connection that has ended: its client port may be used again.
  void forget(const Ports& ports) { exits_.erase(ports); }

 private:
  std::map<Ports, std::string> exits_;
};

}  // namespace aluvia::sandbox
