// RequestId: names one request in the access log, in error answers and in live views.
#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace aluvia::telemetry {

/// As text: six hexadecimal digits of the run, and the number: "7f3a9c-1042".
struct RequestId {
  std::uint32_t run = 0;     ///< random for each start of the proxy, below 2^24
  std::uint64_t number = 0;  ///< counts the requests of the run from 1; 0: none

  bool operator==(const RequestId&) const = default;
};

inline std::string to_text(const RequestId& id) {
  return fmt::format("{:06x}-{}", id.run, id.number);
}

}  // namespace aluvia::telemetry
