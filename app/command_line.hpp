// Parses the arguments of a command with CLI11, and sets the layout of help and the texts of errors.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace CLI {
class App;
}

namespace aluvia::app {

/// The text of --help or --version: the command prints it and ends with status 0.
struct Printed {
  std::string text;
};

/// An error of usage: one line that names the option and the values that it takes.
struct UsageError {
  std::string message;
};

/// Returns "aluvia-connect 1.2.3" and a newline.
std::string version_line();

/// Sets the layout of help and adds --help and --version. Help follows the width of the terminal (40 to 100
/// columns; 80 without one), lists the options in the order in which they were added, and ends with the
/// examples of `command`.
void configure(CLI::App& cli, std::string_view command);

/// Parses `arguments` (without program name and command). `--option=` is an option with an empty value. An
/// error quotes no value, because the value could be a misplaced secret.
std::variant<std::monostate, Printed, UsageError> parse(CLI::App& cli,
                                                        const std::vector<std::string>& arguments);

}  // namespace aluvia::app
