// ErrorCounts: counts failures by error type, in memory for those types only that have come.
#pragma once

#include "telemetry/error_types.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace aluvia::ledger {

class ErrorCounts {
 public:
  struct Count {
    std::uint32_t kind = 0;  ///< index in telemetry::error_types, or its size for a type that is not there
    std::uint32_t count = 0;

    std::string_view name() const noexcept {
      return kind < telemetry::error_types.size() ? telemetry::error_types[kind] : "other";
    }
  };

  void add(std::size_t kind, std::uint32_t count = 1) {
    const auto at = std::ranges::find(counts_, kind, &Count::kind);
    if (at == counts_.end())
      counts_.push_back({static_cast<std::uint32_t>(kind), count});
    else
      at->count += count;
  }
  ErrorCounts& operator+=(const ErrorCounts& other) {
    for (const Count& one : other.counts_) add(one.kind, one.count);
    return *this;
  }

  /// In the order in which they came first.
  const std::vector<Count>& all() const noexcept { return counts_; }

 private:
  std::vector<Count> counts_;
};

}  // namespace aluvia::ledger
