// Idle upstream connections for plain HTTP, kept for the next request of the same route, authority and
// credentials.
#pragma once

#include "http/authority.hpp"
#include "net/stream.hpp"
#include "proxy/limits.hpp"
#include "proxy/router.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace aluvia::proxy {

/// Loop thread only.
class UpstreamPool {
 public:
  UpstreamPool(loop::Loop& loop, const Limits& limits);
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;

  /// A connection that was quiet a moment ago, or none. With `repeatable` false only one that became idle
  /// just now: a request that cannot be sent twice must not meet a server that is about to close.
  std::optional<net::Stream> take(const Decision& decision, const http::Authority& authority,
                                  bool repeatable);

  /// Keeps `stream` if there is room. Precondition: both messages are complete and nothing was left over.
  void put(const Decision& decision, const http::Authority& authority, net::Stream stream);

  /// After a new snapshot: closes what it would send another way, keeps the rest for it. How many were
  /// closed.
  std::size_t reconsider(const Router& router);

  void clear();

 private:
  struct Idle {
    net::Stream stream;
    loop::TimePoint since;
  };
  struct Shelf {
    http::Authority authority;
    Decision decision;  // what the connections were opened by, or one that leads the same way
    std::vector<Idle> idle;
  };

  static std::string key_of(const Decision& decision, const http::Authority& authority);
  void schedule_sweep();
  void sweep();

  const Limits& limits_;
  loop::Timer sweeper_;
  bool sweep_scheduled_ = false;
  std::size_t total_ = 0;
  std::unordered_map<std::string, Shelf> shelves_;
};

}  // namespace aluvia::proxy
