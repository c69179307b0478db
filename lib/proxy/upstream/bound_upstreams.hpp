// Idle upstream connections of one client connection each: those that saw NTLM or Negotiate, which
// authenticate a connection and with it every later request. They never enter the UpstreamPool, where another
// client would continue as the first one's user.
#pragma once

#include "http/authority.hpp"
#include "net/stream.hpp"
#include "proxy/limits.hpp"
#include "proxy/router.hpp"

#include <cstddef>
#include <list>
#include <optional>
#include <vector>

namespace aluvia::proxy {

/// Owns the connections of all clients, and closes them for a new configuration or to free descriptors. Loop
/// thread only.
class BoundUpstreams {
  struct Idle;
  using Place = std::list<Idle>::iterator;

 public:
  /// At most limits.bound_per_client for a client, and limits.connections together: as many as clients.
  BoundUpstreams(const Router& router, const Limits& limits) : router_(router), limits_(limits) {}
  BoundUpstreams(const BoundUpstreams&) = delete;
  BoundUpstreams& operator=(const BoundUpstreams&) = delete;

  /// The connections of one client, which its destruction closes. Must not outlive the BoundUpstreams.
  class Share {
   public:
    explicit Share(BoundUpstreams& all) : all_(all) {}
    ~Share() { clear(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Returns the connection to `authority` by the decision's route and configuration, if it was quiet a
    /// moment ago. Closes any other connection to `authority`.
    std::optional<net::Stream> take(const Decision& decision, const http::Authority& authority);

    /// Keeps `stream`, unless a request would take another route by now. Beyond the limit, closes the
    /// client's longest idle connection. Precondition: both messages are complete and nothing was left over.
    void put(const Decision& decision, const http::Authority& authority, net::Stream stream);

    void clear();

   private:
    friend class BoundUpstreams;
    BoundUpstreams& all_;
    std::vector<Place> own_;  // the longest idle first
  };

  /// Closes the connections whose route or account the new configuration changes; returns their number.
  std::size_t reconsider();

  void clear();

 private:
  struct Idle {
    Share& owner;
    http::Authority authority;
    Decision decision;
    net::Stream stream;
  };

  Place close(Place idle);

  const Router& router_;
  const Limits& limits_;
  std::list<Idle> idle_;  // the longest idle first
};

}  // namespace aluvia::proxy
