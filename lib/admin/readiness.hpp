// Is the proxy ready, and if not, why? One place for the probes, the status and the metrics.
#pragma once

#include "admin/status_snapshot.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aluvia::admin {

/// One sentence each; empty where the proxy is ready: a configuration is there, the account may use it, the
/// gateway is not known to be down while rules may need it, and the proxy is not being stopped. An API that
/// cannot be reached does not count: what is known stays good.
std::vector<std::string> reasons_not_ready(const StatusSnapshot& facts, Audience audience);

/// A command to this proxy and no other: `aluvia-connect COMMAND --port PORT`.
std::string command_for(const StatusSnapshot& facts, std::string_view command);

/// The next step of a person or an agent, a sentence or a command that does no harm when it is obeyed without
/// a thought; empty where there is nothing to do.
std::string next_step(const StatusSnapshot& facts, Audience audience);

}  // namespace aluvia::admin
