// Completions for shells, made from the tables of commands and options. A script asks the program for what
// only a running proxy knows: `aluvia-connect __complete ports` and `__complete rules`.
#pragma once

#include <string>

namespace aluvia::app {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace aluvia::app
