// `aluvia-connect check [--online] [OPTIONS]`: are the options of `run` good, without starting it?
#pragma once

#include "option_text.hpp"

#include <string>
#include <vector>

namespace aluvia::app {

/// 0, or the status that `run` would end with.
int check_command(const std::vector<std::string>& arguments);

/// What it takes beside the options of `run`, for whoever writes about them.
std::vector<OptionText> check_option_texts();

}  // namespace aluvia::app
