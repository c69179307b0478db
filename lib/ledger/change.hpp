// Change: the sums and failures that one key has gained within one hour.
#pragma once

#include "ledger/error_counts.hpp"
#include "ledger/sums.hpp"

#include <string>

namespace aluvia::ledger {

struct Change {
  Seconds begin = 0;  ///< of that hour
  std::string host;
  rules::Route route = rules::Route::direct;
  std::string rule;
  Sums sums{};
  ErrorCounts errors{};  ///< failures by error type
};

}  // namespace aluvia::ledger
