// Writes the help of the program as a whole, on one screen.
#pragma once

#include <string>

namespace aluvia::app {

/// The commands by purpose, three examples, and where to read on.
std::string overview_help();

}  // namespace aluvia::app
