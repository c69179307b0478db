// `aluvia-connect check [--online] [OPTIONS]`: are the options of `run` good, without starting it?
#pragma once

#include <string>
#include <vector>

namespace aluvia::app {

/// 0, or the status that `run` would end with.
int check_command(const std::vector<std::string>& arguments);

}  // namespace aluvia::app
