// Ends an error about a command line with the help to read.
#pragma once

#include "base/nearest.hpp"

#include <string>
#include <string_view>

namespace aluvia::app {

/// Returns "MESSAGE; see aluvia-connect COMMAND --help"; a question has its mark in place of the semicolon.
/// An empty command: the help of the program.
std::string with_help(std::string_view message, std::string_view command);

}  // namespace aluvia::app
