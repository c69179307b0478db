// Origin: every site of the emulated internet. Serves connections, records the route of each request, and
// calls the handler of its path.
#pragma once

#include "sandbox/origin_exchange.hpp"
#include "sandbox/record.hpp"
#include "sandbox/route_registry.hpp"
#include "sandbox/wire.hpp"

namespace aluvia::sandbox {

/// Loop thread only. All arguments of the constructor must outlive it.
class Origin {
 public:
  /// With `has_pages`, other paths than those of handlers respond with a page for people instead of JSON.
  Origin(RecordBook& book, RouteRegistry& registry, bool has_pages)
      : book_(book), registry_(registry), has_pages_(has_pages) {}

  /// Serves one connection until it ends.
  asio::awaitable<void> serve(Wire& wire, Scheme scheme);

 private:
  using Source = OriginExchange::Source;

  asio::awaitable<bool> serve_request(Wire& wire, const Request& request, Source source);
  void record(const Request& request, const Source& source);

  RecordBook& book_;
  RouteRegistry& registry_;
  const bool has_pages_;
};

}  // namespace aluvia::sandbox
