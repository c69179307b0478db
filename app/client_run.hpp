// A client of the agent room from its options to an exit status: the one place where its errors become
// words on stderr and statuses.
#pragma once

#include "run_options.hpp"

#include <functional>

namespace aluvia::app {

/// Gives `options` a log on stderr and a control socket, makes the client, and returns what `body` returns,
/// or the status of the error that it threw. A start that was called off is 0.
int run_client(RunOptions& options, const std::function<int(agent::AgentConnectClient&)>& body);

}  // namespace aluvia::app
