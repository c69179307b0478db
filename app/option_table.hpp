// The options of `run`, a row for each: what help says, where values come from, what they must be.
#pragma once

#include "run_options.hpp"

#include <span>
#include <string_view>

namespace aluvia::app {

struct OptionRow {
  std::string_view group;
  std::string_view flag;      ///< --port
  std::string_view value;     ///< PORT; empty: none is needed, yes or no
  std::string_view variable;  ///< ALUVIA_PORT, or empty
  std::string_view help;      ///< with the default, without the variable
  std::string_view takes;     ///< "takes …", for the message about a bad value
  /// Sets the option, or says that the value is none. Null where somebody else reads the value.
  bool (*set)(RunOptions& options, std::string_view value);
  bool repeatable = false;
  bool secret = false;  ///< the value is never repeated
};

/// In the order of help.
std::span<const OptionRow> option_table();

/// Whether `flag` is an option that needs no value.
bool is_switch(std::string_view flag);

}  // namespace aluvia::app
