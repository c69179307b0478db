// Idle upstream connections for plain HTTP, kept for the next request of the same route, authority and
// credentials.
#pragma once

#include "http/authority.hpp"
#include "loop/deadline.hpp"
#include "net/stream.hpp"
#include "proxy/limits.hpp"
#include "proxy/router.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aluvia::proxy {

/// Loop thread only.
class UpstreamPool {
 public:
  UpstreamPool(loop::Loop& loop, const Limits& limits);
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;

  /// Returns a connection that was quiet a moment ago, or none. With `repeatable` false only one that became
  /// idle just now: a request that cannot be sent twice must not meet a server that is about to close.
  std::optional<net::Stream> take(const Decision& decision, const http::Authority& authority,
                                  bool repeatable);

  /// Keeps `stream` unless the pool is full. Precondition: both messages are complete and nothing was left
  /// over.
  void put(const Decision& decision, const http::Authority& authority, net::Stream stream);

  /// Closes the connections whose route the new snapshot changes, and returns their number.
  std::size_t reconsider(const Router& router);

  void clear();

 private:
  struct Idle {
    net::Stream stream;
    loop::TimePoint since;
    std::uint64_t asked;  // Reactor::asked() then
  };
  // The key that a request and a kept connection must share. A view, so that a look-up copies nothing.
  struct KeyView {
    std::string_view host;
    std::uint16_t port;
    rules::Route route;
    friend bool operator==(const KeyView&, const KeyView&) = default;
  };
  struct Key {
    explicit Key(const KeyView& key) : host(key.host), port(key.port), route(key.route) {}
    KeyView view() const noexcept { return {host, port, route}; }
    std::string host;
    std::uint16_t port;
    rules::Route route;
  };
  struct HashKey {
    using is_transparent = void;
    std::size_t operator()(const KeyView& key) const noexcept;
    std::size_t operator()(const Key& key) const noexcept { return (*this)(key.view()); }
  };
  struct SameKey {
    using is_transparent = void;
    static KeyView view(const KeyView& key) noexcept { return key; }
    static KeyView view(const Key& key) noexcept { return key.view(); }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const noexcept {
      return view(a) == view(b);
    }
  };
  struct Shelf {
    http::Authority authority;
    Decision decision;  // what the connections were opened by, or one that leads the same way
    std::vector<Idle> idle;
  };

  static KeyView key_of(const Decision& decision, const http::Authority& authority) noexcept;
  void schedule_sweep();
  void sweep();

  const Limits& limits_;
  loop::Deadline sweeper_;
  std::size_t total_ = 0;
  std::unordered_map<Key, Shelf, HashKey, SameKey> shelves_;
};

}  // namespace aluvia::proxy
