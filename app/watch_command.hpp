// Shows a text that is rendered again and again on the terminal, until q or a signal.
#pragma once

#include "base/result.hpp"
#include "control_client.hpp"
#include "exit_status.hpp"
#include "terminal_screen.hpp"

#include <functional>
#include <string>

namespace aluvia::app {

/// Renders the view for a terminal of that size, or returns the error that ends it.
using Render = std::function<Result<std::string, CommandError>(TerminalSize)>;

/// Without a terminal prints the view once. `on_key` gets each key other than q; empty: none is used.
/// Returns `success` after q, Ctrl-C or a signal.
Result<ExitStatus, CommandError> watch(const Render& render, const std::function<void(char)>& on_key = {});

}  // namespace aluvia::app
