// Runs the command that the arguments name; without one, `run`.
#include "base/heap.hpp"
#include "base/logger.hpp"
#include "check_command.hpp"
#include "command_line.hpp"
#include "command_text.hpp"
#include "control_commands.hpp"
#include "core_dumps.hpp"
#include "exec_command.hpp"
#include "run_command.hpp"
#include "run_options.hpp"
#include "sandbox_command.hpp"
#include "secret_arguments.hpp"
#include "standard_streams.hpp"
#include "try_command.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr std::string_view overview =
    "aluvia-connect: a local smart proxy for AI agents\n"
    "\n";

constexpr std::string_view behind_overview =
    "\n"
    "  COMMAND --help     The options of a command; those of run follow here.\n"
    "  --version          Name and version.\n"
    "\n";

std::string full_help() {
  std::string out(overview);
  for (const CommandText& command : command_texts()) {
    if (command.name != "help") out += fmt::format("  {:<19}{}\n", command.name, command.about);
  }
  return out + std::string(behind_overview) + run_help();
}

using Arguments = std::vector<std::string>;

bool asks_for_help(const std::string& argument) {
  return argument == "--help" || argument == "-h";
}

bool is_control_command(const std::string& command) {
  return std::ranges::any_of(control_commands(),
                             [&](const ControlCommand& one) { return one.name == command; });
}

int dispatch(const std::string& command, const Arguments& rest) {
  if (command == "run") return run_command(rest);
  if (command == "sandbox") return sandbox_command(rest);
  if (command == "try") return try_command(rest);
  if (command == "exec") return exec_command(rest);
  if (command == "check") return check_command(rest);
  if (is_control_command(command)) return run_control_command(command, rest);
  if (command == "help") {
    return rest.empty() || asks_for_help(rest[0]) ? print(full_help()) : dispatch(rest[0], {"--help"});
  }
  return complain(bad_usage,
                  fmt::format("there is no command '{}'; see aluvia-connect --help", printable(command, 40)));
}

int main(const Arguments& arguments) {
  if (!arguments.empty() && asks_for_help(arguments[0])) return dispatch("help", {});
  if (arguments.empty() || arguments[0].starts_with('-')) return dispatch("run", arguments);
  return dispatch(arguments[0], Arguments(arguments.begin() + 1, arguments.end()));
}

}  // namespace
}  // namespace aluvia::app

int main(int argc, char** argv) {
  using namespace aluvia::app;
  aluvia::use_one_arena();
  aluvia::abort_when_out_of_memory();
  forbid_core_dumps();
  fill_closed_streams();
  try {
    return aluvia::app::main(take_arguments(argc, argv));
  } catch (const std::exception& error) {
    return complain(internal_error, error.what());
  }
}
