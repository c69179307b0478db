// Every command as people see it: what help lists, and what the manual page and the completions are made of.
#pragma once

#include "option_text.hpp"

#include <string>
#include <vector>

namespace aluvia::app {

struct CommandText {
  std::string name;
  std::string words;                ///< what stands behind the options; empty: nothing
  std::string about;                ///< one line
  bool takes_run_options = false;   ///< those of run, beside its own
  std::vector<OptionText> options;  ///< its own
};

/// In the order of help.
std::vector<CommandText> command_texts();

}  // namespace aluvia::app
