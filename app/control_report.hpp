// Reports the result of a command about a running proxy, as text or JSON.
#pragma once

#include "control_client.hpp"
#include "control_line.hpp"

#include <string_view>

namespace aluvia::app {

/// Adds the next step to an error about a missing proxy, where one runs or how to start one. It costs a
/// connection.
CommandError with_advice(CommandError error, const ControlLine& line);

/// Prints why the command failed, with the next step, and returns its exit status.
int tell(CommandError error, const ControlLine& line);

/// Prints that the command line is wrong, and where to read on. Returns bad_usage.
int misused(const ControlLine& line, std::string_view how);

/// Prints text to stdout for a success and to stderr for an error; prints JSON always to stdout.
int show(const Reply& reply, const ControlLine& line);

}  // namespace aluvia::app
