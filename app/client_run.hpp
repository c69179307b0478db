// Runs an AgentConnectClient: turns its options into a client, and its errors into a line on stderr and an
// exit status.
#pragma once

#include "run_options.hpp"
#include "service_manager.hpp"

#include <functional>

namespace aluvia::app {

/// Gives `options` a log on stderr, a control socket, the socket that was passed to this process, and no more
/// connections than there are descriptors for, makes the client, and returns what `body` returns, or the
/// status of the error that it threw, which `manager` is told too. A start that was called off is 0.
int run_client(RunOptions& options, ServiceManager& manager,
               const std::function<int(agent::AgentConnectClient&)>& body);

}  // namespace aluvia::app
