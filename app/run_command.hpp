// `aluvia-connect run`: runs the proxy in the foreground until a signal ends it.
#pragma once

#include <string>
#include <vector>

namespace aluvia::app {

/// Returns the exit status. `arguments` without program name and command.
int run_command(const std::vector<std::string>& arguments);

}  // namespace aluvia::app
