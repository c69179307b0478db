// What every command does with its arguments: how help looks, what is said about a wrong one.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace CLI {
class App;
}

namespace aluvia::app {

/// Help or the version was asked for: `text` is to be printed, status 0.
struct Printed {
  std::string text;
};

/// One line that names the option and what it takes.
struct UsageError {
  std::string message;
};

/// "aluvia-connect 1.2.3" and a newline.
std::string version_line();

/// Gives `cli` the look of our help (100 columns), --help and --version. Options stand in the order in which
/// they are added.
void dress(CLI::App& cli);

/// Parses `arguments` (without program name and command). `--option=` is an option with an empty value. What
/// is said about a wrong argument quotes no value, which could be a misplaced secret.
std::variant<std::monostate, Printed, UsageError> parse(CLI::App& cli,
                                                        const std::vector<std::string>& arguments);

}  // namespace aluvia::app
