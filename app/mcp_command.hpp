// Runs `aluvia-connect mcp`: a server of the Model Context Protocol on stdin and stdout.
#pragma once

#include "control_line.hpp"

namespace aluvia::app {

/// Serves until stdin ends, stdout is closed or SIGTERM comes, and returns the exit status.
int serve_mcp(const ControlLine& line);

}  // namespace aluvia::app
