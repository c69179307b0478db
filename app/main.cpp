// Picks the command. No command means `run`.
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "exit_status.hpp"
#include "run_command.hpp"
#include "run_options.hpp"
#include "sandbox_command.hpp"
#include "secret_arguments.hpp"

namespace aluvia::app {
namespace {

constexpr std::string_view overview =
    "aluvia-connect: a local smart proxy for AI agents\n\n"
    "Usage: aluvia-connect [run] [OPTIONS]    start the proxy; prints its URL on stdout\n"
    "       aluvia-connect sandbox [OPTIONS]  an emulated Aluvia on this machine, for trying out and tests\n"
    "       aluvia-connect COMMAND --help     all options of a command\n"
    "       aluvia-connect --version\n\n"
    "Exit status: 0 stopped as asked, 64 bad usage, 69 the API cannot be reached or answers an error,\n"
    "73 cannot listen on the port, 76 the API's answer makes no sense, 77 the token is refused.\n\n";

int sandbox(std::vector<std::string> arguments) {
  CLI::App cli("aluvia-connect");
  cli.name("aluvia-connect");
  SandboxCommand command;
  add_sandbox_command(cli, command);
  try {
    arguments.insert(arguments.begin(), "sandbox");
    cli.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", cli.get_subcommand("sandbox")->help());
    return stopped_as_asked;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "aluvia-connect: {}; see aluvia-connect sandbox --help\n", error.what());
    return bad_usage;
  }
  return run_sandbox_command(command);
}

int main(const std::vector<std::string>& arguments) {
  const std::string command = arguments.empty() || arguments[0].starts_with('-') ? "run" : arguments[0];
  const bool named = !arguments.empty() && arguments[0] == command;
  const std::vector<std::string> rest(arguments.begin() + (named ? 1 : 0), arguments.end());
  if (!named && !rest.empty() && (rest[0] == "--help" || rest[0] == "-h")) {
    fmt::print("{}{}", overview, run_help());
    return stopped_as_asked;
  }
  if (command == "run") return run_command(rest);
  if (command == "sandbox") return sandbox(rest);
  fmt::print(stderr, "aluvia-connect: no command '{}'; there are run and sandbox, see aluvia-connect --help\n", command);
  return bad_usage;
}

}  // namespace
}  // namespace aluvia::app

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  aluvia::app::hide_token_argument(argc, argv);
  try {
    return aluvia::app::main(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "aluvia-connect: {}\n", error.what());
    return aluvia::app::internal_error;
  }
}
