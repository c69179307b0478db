// Runs an AgentConnectClient: turns its options into a client, and its errors into a line on stderr and an
// exit status.
#pragma once

#include "run_options.hpp"
#include "service_manager.hpp"

#include <functional>

namespace aluvia::app {

/// Adds to `options` a log on stderr, the control socket's directory and the socket that was passed to this
/// process, and limits connections to the available descriptors. Makes the client and returns the result of
/// `body`, or the status of the error that it threw, which is reported to `manager` too. A cancelled start
/// returns 0.
int run_client(RunOptions& options, ServiceManager& manager,
               const std::function<int(agent::AgentConnectClient&)>& body);

}  // namespace aluvia::app
