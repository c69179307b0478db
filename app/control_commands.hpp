// The commands that ask or change a running proxy.
#pragma once

#include "option_text.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

struct ControlCommand {
  std::string_view name;
  std::string_view words;  ///< as in help; empty: it takes none
  std::string_view about;  ///< for the overview, one line
};

/// status, tunnels, rules, geo, rotate, refresh, stop, explain, wait, healthcheck, env, browser-args.
std::span<const ControlCommand> control_commands();

/// The options of the one called `name`, which must be among them.
std::vector<OptionText> control_option_texts(std::string_view name);

/// Runs the one called `name`, which must be among them; the exit status.
int run_control_command(std::string_view name, const std::vector<std::string>& arguments);

}  // namespace aluvia::app
