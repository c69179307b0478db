// The command `presets`: prints the presets of the policy with the source of each entry.
#pragma once

#include "option_text.hpp"

#include <string>
#include <vector>

namespace aluvia::app {

int presets_command(const std::vector<std::string>& arguments);

/// Returns the options of the command, for help, the manual page and the completions.
std::vector<OptionText> presets_option_texts();

}  // namespace aluvia::app
