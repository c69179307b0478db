// Tells which of the origin's connections come from the gateway. The gateway registers a connection before it
// sends the first byte, so the origin, which asks after reading a head, always finds it.
#pragma once

#include "sandbox/record.hpp"

#include <cstdint>
#include <set>
#include <utility>

#include <asio/ip/tcp.hpp>

namespace aluvia::sandbox {

/// Loop thread only.
class Ways {
 public:
  /// `socket` is the gateway's end.
  void add(const asio::ip::tcp::socket& socket) {
    std::error_code error;
    const auto local = socket.local_endpoint(error);
    const auto remote = socket.remote_endpoint(error);
    if (!error) pairs_.emplace(local.port(), remote.port());
  }

  /// The two ports of the origin's end of a connection: client's first.
  using Ports = std::pair<std::uint16_t, std::uint16_t>;
  static Ports ports_at_origin(const asio::ip::tcp::socket& socket) {
    std::error_code error;
    const auto remote = socket.remote_endpoint(error);
    const auto local = socket.local_endpoint(error);
    return {remote.port(), local.port()};
  }

  Way of(const Ports& ports) const { return pairs_.contains(ports) ? Way::gateway : Way::direct; }
  /// The origin's connection is over: its client port may be used again.
  void forget(const Ports& ports) { pairs_.erase(ports); }

 private:
  std::set<Ports> pairs_;
};

}  // namespace aluvia::sandbox
