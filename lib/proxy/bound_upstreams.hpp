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

/// All of them, for a new configuration and for those who need descriptors. Loop thread only.
class BoundUpstreams {
  struct Idle;
  using Place = std::list<Idle>::iterator;

 public:
  /// At most limits.bound_per_client for a client, and limits.connections together: as many as clients.
  BoundUpstreams(const Router& router, const Limits& limits) : router_(router), limits_(limits) {}
  BoundUpstreams(const BoundUpstreams&) = delete;
  BoundUpstreams& operator=(const BoundUpstreams&) = delete;

  /// The share of one client connection: what is left in it is closed with the client. Must not outlive the
  /// whole.
  class Share {
   public:
    explicit Share(BoundUpstreams& all) : all_(all) {}
    ~Share() { clear(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// The connection to `authority` by the decision's route and configuration, if it was quiet a moment ago.
    /// Any other connection to `authority` is closed.
    std::optional<net::Stream> take(const Decision& decision, const http::Authority& authority);

    /// Keeps `stream`, unless a request would be sent another way by now. The client's longest idle
    /// connection is closed beyond the limit. Precondition: both messages are complete and nothing was left
    /// over.
    void put(const Decision& decision, const http::Authority& authority, net::Stream stream);

    void clear();

   private:
    friend class BoundUpstreams;
    BoundUpstreams& all_;
    std::vector<Place> own_;  // the longest idle first
  };

  /// Closes the connections that the new configuration would send another way; returns their number.
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
