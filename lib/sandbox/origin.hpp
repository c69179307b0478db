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
  Origin(RecordBook& book, Ways& ways) : book_(book), ways_(ways) {}

  /// Serves one connection until it ends.
  asio::awaitable<void> serve(Wire& wire, Scheme scheme);

 private:
  asio::awaitable<bool> serve_request(Wire& wire, const Request& request, Way way, Scheme scheme);
  void record(const Request& request, Way way, Scheme scheme);

  RecordBook& book_;
  Ways& ways_;
};

}  // namespace aluvia::sandbox
