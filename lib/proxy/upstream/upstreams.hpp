// Upstreams: the sources of upstream connections: a dial, or one that is kept idle.
#pragma once

#include "proxy/upstream/bound_upstreams.hpp"
#include "proxy/upstream/dialer.hpp"
#include "proxy/upstream/upstream_pool.hpp"

namespace aluvia::proxy {

/// Loop thread only. Must outlive the tasks that dial.
struct Upstreams {
  Dialer dialer;
  UpstreamPool pool;
  BoundUpstreams bound;  ///< must outlive the connections of clients

  /// Closes all idle connections. They are a convenience, whose descriptors others may need.
  void close_idle() {
    pool.clear();
    bound.clear();
  }
  /// Closes the idle connections whose route the new snapshot changes, and returns their number.
  std::size_t reconsider(const Router& router) { return pool.reconsider(router) + bound.reconsider(); }
};

}  // namespace aluvia::proxy
