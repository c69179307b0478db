// Readiness of the proxy, the reasons against it and the next step, for the probes, the status and the
// metrics.
#pragma once

#include "admin/status_snapshot.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aluvia::admin {

/// One sentence each. Empty where the proxy is ready: it has a configuration, the account may use it, the
/// gateway is not known to be down while rules may need it, and the proxy is not stopping. An API that cannot
/// be reached does not count: the known configuration stays good.
std::vector<std::string> reasons_not_ready(const StatusSnapshot& status, Audience audience);

/// A command to this proxy and no other: `aluvia-connect COMMAND --port PORT`.
std::string command_for(const StatusSnapshot& status, std::string_view command);

/// The step that only the owner of the account can take: a link to open, or a new token; empty for errors
/// that pass.
std::string owner_step(const config::ApiError& error);

/// The next step of a person or an agent: a sentence, or a command that is harmless when it is obeyed
/// blindly; empty where there is nothing to do.
std::string next_step(const StatusSnapshot& status, Audience audience);

}  // namespace aluvia::admin
