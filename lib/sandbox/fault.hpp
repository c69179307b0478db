// Fault, and FaultSwitch, which decides which responses get one.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aluvia::sandbox {

enum class FaultKind {
  status,      ///< responds with `status` (default 503), `headers`, `body`; the connection stays open
  raw,         ///< sends `raw` as it is and ends; with a 2xx head to a CONNECT the tunnel follows instead
  hang,        ///< sends no response
  close,       ///< ends without a response (FIN)
  reset,       ///< ends without a response (RST)
  stall_body,  ///< sends the head and the first half of the body, then nothing more
  dribble,     ///< sends the response byte by byte, one every `pace`
};

struct Fault {
  FaultKind kind = FaultKind::status;
  int status = 0;  ///< 0: 503 for status; for stall_body and dribble the regular response
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string raw = {};
  std::optional<unsigned> times = {};  ///< how many responses; empty: until changed
  std::chrono::milliseconds pace{20};
};

/// The change in a `PUT /sandbox/faults`: the outer optional is empty if the member is missing, the inner one
/// if it is null.
struct FaultChange {
  std::optional<std::optional<Fault>> api;
  std::optional<std::optional<Fault>> gateway;
};

/// The error is a sentence for the caller.
Result<FaultChange, std::string> parse_fault_change(std::string_view json);

/// Loop thread only.
class FaultSwitch {
 public:
  void set(std::optional<Fault> fault) { fault_ = std::move(fault); }
  /// Returns the fault of the next response, and counts it.
  std::optional<Fault> take();

 private:
  std::optional<Fault> fault_;
};

}  // namespace aluvia::sandbox
