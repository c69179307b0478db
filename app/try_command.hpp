// `aluvia-connect try`: runs an emulated Aluvia and a proxy on it, for people without an account, and a
// command behind the proxy where one is given.
#pragma once

#include "option_text.hpp"

#include <string>
#include <vector>

namespace aluvia::app {

/// Returns the exit status; that of the command where one is given and can be run. `arguments` without
/// program name and command.
int try_command(const std::vector<std::string>& arguments);

/// The options of `run` that it takes, in the order of help.
std::vector<OptionText> try_option_texts();

}  // namespace aluvia::app
