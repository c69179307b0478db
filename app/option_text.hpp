// OptionText: describes an option for help, the manual page, the completions and docs/options.md.
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
  std::string help;                      ///< without range, default and variables, without a final period
  std::string group;                     ///< as in help
  std::string range{};                   ///< "a port from 0 to 65535"; empty: any text
  std::string fallback{};                ///< the default; empty: none, or help says it
  std::vector<std::string> variables{};  ///< ALUVIA_PORT; an earlier one wins
};

/// Returns "HELP (LEAST to MOST; default: FALLBACK). [VARIABLES]".
std::string full_text(const OptionText& option);

/// Returns the flags in lines of at most 80 columns, for the help of a command whose options are those of
/// another.
std::string flag_lines(const std::vector<OptionText>& options);

/// Returns the options of `cli` in the order of help, without --help and --version.
std::vector<OptionText> option_texts(const CLI::App& cli);

/// Returns the lower-case alternatives of a value: "text" and "json" of text|json, "never" of SECONDS|never.
std::vector<std::string> choices_of(std::string_view value);

}  // namespace aluvia::app
