// Runs the command that the arguments name; without one, `run`.
#include "base/heap.hpp"
#include "base/logger.hpp"
#include "check_command.hpp"
#include "command_line.hpp"
#include "command_text.hpp"
#include "completion_command.hpp"
#include "control_commands.hpp"
#include "core_dumps.hpp"
#include "exec_command.hpp"
#include "overview.hpp"
#include "presets_command.hpp"
#include "proxied_command.hpp"
#include "run_command.hpp"
#include "sandbox_command.hpp"
#include "secret_arguments.hpp"
#include "standard_streams.hpp"
#include "suggestion.hpp"
#include "terminal_style.hpp"
#include "try_command.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

using Arguments = std::vector<std::string>;

bool asks_for_help(const std::string& argument) {
  return argument == "--help" || argument == "-h";
}

bool asks_for_version(const std::string& argument) {
  return argument == "--version" || argument == "-V";
}

bool is_control_command(const std::string& command) {
  return std::ranges::any_of(control_commands(),
                             [&](const ControlCommand& one) { return one.name == command; });
}

std::string unknown_command(const std::string& command) {
  std::vector<std::string> names;
  for (const CommandText& one : command_texts()) names.push_back(one.name);
  return with_help(
      fmt::format("unknown command '{}'{}", printable(command, 40), did_you_mean(command, names)), "");
}

int dispatch(const std::string& command, const Arguments& rest);

int help(const Arguments& rest) {
  if (!rest.empty() && rest[0] == "exit-status") return print_help(exit_table());
  if (rest.empty() || rest[0] == "help" || rest[0] == "version" || rest[0].starts_with('-'))
    return print_help(overview_help());
  return dispatch(rest[0], {"--help"});
}

int dispatch(const std::string& command, const Arguments& rest) {
  if (command == "run") return run_command(rest);
  if (command == "sandbox") return sandbox_command(rest);
  if (command == "try") return try_command(rest);
  if (command == "exec") return exec_command(rest);
  if (command == "check") return check_command(rest);
  if (is_control_command(command)) return run_control_command(command, rest);
  if (command == "presets") return presets_command(rest);
  if (command == "completion") return completion_command(rest);
  if (command == "__complete") return candidates_command(rest);
  if (command == "help") return help(rest);
  if (command == "version" && rest.empty()) return print(version_line());
  if (command == "version" && asks_for_help(rest[0])) return print_help(overview_help());
  if (command == "version") return complain(bad_usage, "version takes no words and no options");
  return complain(bad_usage, unknown_command(command));
}

// Returns the arguments without those of a command that exec or try runs.
Arguments own_arguments(const Arguments& arguments) {
  if (arguments.empty() || (arguments[0] != "exec" && arguments[0] != "try")) return arguments;
  return split_arguments(Arguments(arguments.begin() + 1, arguments.end())).options;
}

int main(const Arguments& arguments) {
  choose_color(color_choice_of(own_arguments(arguments)));
  if (!arguments.empty() && asks_for_help(arguments[0])) return help({});
  if (!arguments.empty() && asks_for_version(arguments[0])) return print(version_line());
  if (arguments.empty() || arguments[0].starts_with('-')) return dispatch("run", arguments);
  return dispatch(arguments[0], Arguments(arguments.begin() + 1, arguments.end()));
}

}  // namespace
}  // namespace aluvia::app

int main(int argc, char** argv) {
  using namespace aluvia::app;
  aluvia::use_one_arena();
  aluvia::merge_free_memory_at_once();
  aluvia::abort_when_out_of_memory();
  forbid_core_dumps();
  fill_closed_streams();
  try {
    return aluvia::app::main(take_arguments(argc, argv));
  } catch (const std::exception& error) {
    return complain(internal_error, error.what());
  }
}
