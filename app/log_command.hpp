// Prints the finished requests of a running proxy: the last ones, or each as it ends.
#pragma once

#include "control_client.hpp"
#include "live_answer.hpp"

#include <string>

namespace aluvia::app {

struct LogFilter {
  std::string host;   ///< this host and those below it; empty: all
  std::string route;  ///< "gateway" or "direct"; empty: all
  bool failed = false;

  bool fits(const telemetry::RequestRecord& record) const;
};

struct LogOptions {
  LogFilter filter;
  bool follow = false;
  bool json = false;  ///< one JSON object in a line for each
};

/// Returns when the requests are printed; with `follow` at an error, that of a proxy that has ended too.
Result<ExitStatus, CommandError> print_requests(const RunningProxy& proxy, const LogOptions& options);

}  // namespace aluvia::app
