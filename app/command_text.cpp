#include "command_text.hpp"

#include "check_command.hpp"
#include "control_commands.hpp"
#include "presets_command.hpp"
#include "run_options.hpp"
#include "sandbox_command.hpp"
#include "try_command.hpp"

namespace aluvia::app {

std::vector<CommandText> command_texts() {
  static constexpr const char* start = "Start";
  std::vector<CommandText> out{
      {"run", "", "Start the proxy; the default command.", true, {}, start},
      {"try", "[[--] COMMAND [ARGUMENT…]]", "Run a proxy on an emulated Aluvia: no account needed.", false,
       try_option_texts(), start},
      {"exec", "[--] COMMAND [ARGUMENT…]", "Run a command behind a proxy of its own.", true, {}, start},
      {"check", "", "Validate options; with --online the token too.", true, check_option_texts(), start},
      {"sandbox", "", "Run an emulated Aluvia on this machine, to try and to test.", false,
       sandbox_option_texts(), start},
  };
  for (const ControlCommand& one : control_commands()) {
    out.push_back({std::string(one.name), std::string(one.words), std::string(one.about), false,
                   control_option_texts(one.name), std::string(one.group)});
  }
  out.push_back({"presets", "[NAME]", "Print the presets of the policy, with the source of each entry.",
                 false, presets_option_texts(), "Help"});
  out.push_back(
      {"completion", "bash|zsh|fish", "Print a script that completes in a shell.", false, {}, "Help"});
  out.push_back({"help",
                 "[COMMAND | exit-status]",
                 "Show the options of a command, or all exit statuses.",
                 false,
                 {},
                 "Help"});
  out.push_back({"version", "", "Show name and version.", false, {}, "Help"});
  return out;
}

}  // namespace aluvia::app
