// The options of a command as help, the manual page, the completions and docs/options.md show them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace aluvia::app {

struct OptionText {
  std::string flag;                      ///< --port
  std::string value;                     ///< PORT; empty: a switch
  std::string help;                      ///< without what follows, and without a final period
  std::string group;                     ///< as in help
  std::string range{};                   ///< "a port from 0 to 65535"; empty: any text
  std::string fallback{};                ///< the default; empty: none, or help says it
  std::vector<std::string> variables{};  ///< ALUVIA_PORT; an earlier one wins
};

/// "HELP (LEAST to MOST; default: FALLBACK). [VARIABLES]"
std::string full_text(const OptionText& option);

/// Reads them off the object that parses them, in the order of help, without --help and --version.
std::vector<OptionText> option_texts(const CLI::App& cli);

/// The words among the alternatives of a value: "text" and "json" of text|json, "never" of SECONDS|never.
std::vector<std::string> choices_of(std::string_view value);

}  // namespace aluvia::app
