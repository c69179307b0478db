#include "overview.hpp"

#include "command_text.hpp"

#include <string_view>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr std::string_view title =
    "aluvia-connect: a local smart proxy for AI agents\n"
    "\n"
    "Usage: aluvia-connect [COMMAND] [OPTIONS]\n";

constexpr std::string_view closing =
    "\n"
    "Examples:\n"
    "  aluvia-connect try\n"
    "  aluvia-connect exec --token-file token -- node agent.mjs\n"
    "  aluvia-connect rules add '*.shop.test'\n"
    "\n"
    "Without a command: run. More: aluvia-connect COMMAND --help, man aluvia-connect\n";

}  // namespace

std::string overview_help() {
  std::string out(title);
  std::string_view group;
  const auto commands = command_texts();
  for (const CommandText& command : commands) {
    if (command.group != group) out += fmt::format("\n{}:\n", command.group);
    group = command.group;
    out += fmt::format("  {:<14}{}\n", command.name, command.about);
  }
  return out + std::string(closing);
}

}  // namespace aluvia::app
