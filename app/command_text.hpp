// The commands with their options, as help, the manual page and the completions show them.
#pragma once

#include "option_text.hpp"

#include <string>
#include <vector>

namespace aluvia::app {

struct CommandText {
  std::string name;
  std::string words;                ///< the arguments behind the options; empty: none
  std::string about;                ///< one line
  bool takes_run_options = false;   ///< those of run, beside its own
  std::vector<OptionText> options;  ///< its own
  std::string group;                ///< its purpose, as in the overview
};

/// In the order of help.
std::vector<CommandText> command_texts();

}  // namespace aluvia::app
