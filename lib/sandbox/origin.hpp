// The built-in origin: every site of the emulated internet. Serves connections, records which route each
// request took, and calls the handler of its path.
#pragma once

#include "sandbox/origin_exchange.hpp"
#include "sandbox/record.hpp"
#include "sandbox/ways.hpp"
#include "sandbox/wire.hpp"

namespace aluvia::sandbox {

/// Loop thread only. Everything given outlives it.
class Origin {
 public:
  /// `has_pages`: paths that mean nothing special answer a page for people instead of JSON.
  Origin(RecordBook& book, Ways& ways, bool has_pages) : book_(book), ways_(ways), has_pages_(has_pages) {}

  /// Serves one connection until it ends.
  asio::awaitable<void> serve(Wire& wire, Scheme scheme);

 private:
  using Source = OriginExchange::Source;

  asio::awaitable<bool> serve_request(Wire& wire, const Request& request, Source source);
  void record(const Request& request, const Source& source);

  RecordBook& book_;
  Ways& ways_;
  const bool has_pages_;
};

}  // namespace aluvia::sandbox
