// Shows the answer of a command on a terminal: wrapped, with colored states, routes and errors.
#pragma once

#include "terminal_style.hpp"

#include <string>
#include <string_view>

namespace aluvia::app {

/// Returns `answer`, which consists of lines without escapes, with colors: the routes and the words for a
/// failure anywhere, and the openings that tell a state ("ready  yes") or a change ("Added cart.test").
std::string painted(std::string_view answer, const TerminalStyle& style);

/// Returns `answer` for stdout: on a terminal fitted to its width and painted, otherwise unchanged. `--color`
/// also paints without a terminal.
std::string shown_answer(std::string_view answer);

}  // namespace aluvia::app
