// `aluvia-connect run`: runs the proxy in the foreground until a signal ends it.
#pragma once

#include "agent/agent_connect_client.hpp"
#include "run_options.hpp"
#include "service_manager.hpp"

#include <functional>
#include <string>
#include <vector>

namespace aluvia::app {

/// Returns the exit status. `arguments` without program name and command.
int run_command(const std::vector<std::string>& arguments);

enum class Hangup { refreshes, stops };

/// Starts `client`, writes the ready file, prints what `announcement` makes of the session, and returns the
/// exit status once a signal or a command has ended the proxy. `hangup`: the effect of SIGHUP.
int serve_until_stopped(agent::AgentConnectClient& client, const RunOptions& options, ServiceManager& manager,
                        const std::function<std::string(const agent::AgentConnectSession&)>& announcement,
                        Hangup hangup, const std::function<void()>& reload = {});

}  // namespace aluvia::app
