// Declares the commands that control a running proxy.
#pragma once

#include "option_text.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

struct ControlCommand {
  std::string_view name;
  std::string_view words;  ///< arguments, as in help; empty: none
  std::string_view about;  ///< one line for the overview
  std::string_view group;  ///< as in the overview
};

/// Returns status, list, tunnels, top, log, rules, geo, rotate, refresh, stop, explain, wait, healthcheck,
/// env, browser-args, mcp.
std::span<const ControlCommand> control_commands();

/// Returns the options of a command. Precondition: control_commands() contains `name`.
std::vector<OptionText> control_option_texts(std::string_view name);

/// Runs a command and returns its exit status. Precondition: control_commands() contains `name`.
int run_control_command(std::string_view name, const std::vector<std::string>& arguments);

}  // namespace aluvia::app
