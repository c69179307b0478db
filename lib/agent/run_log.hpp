// Log lines about the begin and the end of a run. Private to the module.
#pragma once

#include "base/logger.hpp"
#include "config/user_network_config.hpp"
#include "telemetry/counters.hpp"

#include <cstdint>
#include <string>

namespace aluvia::agent {

/// Where the proxy accepts connections.
struct ListeningPlace {
  std::string url;
  std::string host;
  std::uint16_t port = 0;
};

void log_started(const Logger& logger, const ListeningPlace& place, const config::UserNetworkConfig& first);
/// `counters` are the totals of the run.
void log_stopped(const Logger& logger, const telemetry::Counters& counters);

}  // namespace aluvia::agent
