// Writes the annotated example of a configuration file: every option, commented out.
#pragma once

#include <string>

namespace aluvia::app {

/// Returns a block for each option: its help, its variables, and a line "#port = 54321" with its default, or
/// with an example where it has none.
std::string example_config();

}  // namespace aluvia::app
