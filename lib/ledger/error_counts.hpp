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
    std::uint32_t taken = 0;  ///< the part of `count` that take_gained() has returned

    std::string_view name() const noexcept {
      return kind < telemetry::error_types.size() ? telemetry::error_types[kind] : "other";
    }
  };

  void add(std::size_t kind, std::uint32_t count = 1) { of(static_cast<std::uint32_t>(kind)).count += count; }
  ErrorCounts& operator+=(const ErrorCounts& other) {
    for (const Count& one : other.counts_) {
      Count& sum = of(one.kind);
      sum.count += one.count;
      sum.taken += one.taken;
    }
    return *this;
  }

  /// Returns what has been added since the last call.
  ErrorCounts take_gained() {
    ErrorCounts out;
    for (Count& one : counts_) {
      if (one.count != one.taken) out.add(one.kind, one.count - one.taken);
      one.taken = one.count;
    }
    return out;
  }

  /// In the order in which they came first.
  const std::vector<Count>& all() const noexcept { return counts_; }

 private:
  Count& of(std::uint32_t kind) {
    const auto at = std::ranges::find(counts_, kind, &Count::kind);
    return at == counts_.end() ? counts_.emplace_back(Count{kind}) : *at;
  }

  std::vector<Count> counts_;
};

}  // namespace aluvia::ledger
