// `aluvia-connect completion SHELL`: prints a completion script; and `__complete`, which such scripts run.
#pragma once

#include <string>
#include <vector>

namespace aluvia::app {

/// Prints the script for bash, zsh or fish. Returns the exit status.
int completion_command(const std::vector<std::string>& arguments);

/// Prints candidates, one a line: for "ports" the ports of running proxies, for "rules [--port PORT]
/// [--local]" the rules of the account or of the proxy. Prints nothing where it cannot know, and waits a
/// second at most.
int candidates_command(const std::vector<std::string>& arguments);

}  // namespace aluvia::app
