// `aluvia-connect check [--online] [OPTIONS]`: validates the options of `run` without starting it.
#pragma once

#include "option_text.hpp"

#include <string>
#include <vector>

namespace aluvia::app {

/// Returns 0, or the status that `run` would end with.
int check_command(const std::vector<std::string>& arguments);

/// Returns the options of `check` that `run` does not have.
std::vector<OptionText> check_option_texts();

}  // namespace aluvia::app
