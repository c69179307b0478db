// What a command's options look like to people: read off the very objects that parse them, for whoever writes
// about them (the manual page, completions).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace aluvia::app {

struct OptionText {
  std::string flag;                    ///< --port
  std::string value;                   ///< PORT; empty: it needs none
  std::string help;                    ///< without the variables
  std::vector<std::string> variables;  ///< ALUVIA_PORT; those named first win
  std::string group;                   ///< as in help
};

/// In the order of help, which itself and the version are left out of.
std::vector<OptionText> option_texts(const CLI::App& cli);

/// The words that stand for themselves in a value: "text" and "json" of text|json, "never" of SECONDS|never.
std::vector<std::string> choices_of(std::string_view value);

}  // namespace aluvia::app
