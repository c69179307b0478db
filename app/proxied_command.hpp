// Runs a command behind a proxy of its own, for `exec` and `try`.
#pragma once

#include "agent/agent_connect_client.hpp"
#include "child_process.hpp"
#include "proxy_settings.hpp"
#include "run_options.hpp"
#include "service_manager.hpp"

#include <functional>
#include <string>
#include <vector>

namespace aluvia::app {

struct SplitArguments {
  std::vector<std::string> options;
  std::vector<std::string> command;  ///< empty: none
  bool wants_help = false;           ///< --help or -h among the options
};

/// The command begins behind `--`, else with the first word that is neither an option of `run` nor its value.
SplitArguments split_arguments(const std::vector<std::string>& arguments);

/// Returns the name of the program and the plain words behind it, for a list of proxies: "node agent.mjs …".
/// Leaves out everything from the first argument that may hold a secret: an option, an assignment, a URL.
std::string short_command(const std::vector<std::string>& command);

/// Variables besides those of the proxy, for its URL; one of the same name wins. May be empty.
using MoreVariables = std::function<Variables(const std::string& url)>;

/// Starts `client`, runs `command` with the proxy variables and `more` set, and stops the client without
/// grace. Returns the command's exit status; 128 + n where signal n came before it was started.
int run_proxied(agent::AgentConnectClient& client, const RunOptions& options,
                const std::vector<std::string>& command, const MoreVariables& more, ServiceManager& manager,
                ChildPlace& place);

}  // namespace aluvia::app
