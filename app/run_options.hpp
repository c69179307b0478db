// RunOptions: the parsed options of `run`, each from its flag, else the environment, else the configuration
// file, else its default.
#pragma once

#include "agent/agent_connect_client.hpp"
#include "base/result.hpp"
#include "command_line.hpp"
#include "option_text.hpp"
#include "terminal_style.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aluvia::app {

enum class Output { text, json };

/// Lines about requests, where stderr is a terminal (live_view.hpp).
enum class Live {
  no,
  with_ready_text,
  without_ready_text,  ///< the command prints its own
};

struct RunOptions {
  agent::AgentConnectClientOptions client;  ///< without its logger
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  bool is_quiet = false;  ///< log_level is silent
  ColorChoice color = ColorChoice::automatic;
  Output output = Output::text;
  bool exit_with_parent = false;
  std::string ready_file;   ///< empty: none
  std::string config_file;  ///< empty: none
  bool core_dumps = false;
  /// Names for errors of the options that were set: "--port", "ALUVIA_PORT", "port of /etc/x:3".
  std::map<OptionId, std::string> names;
  /// The values of the options that were set, except secrets; for `check --print`.
  std::map<OptionId, std::vector<std::string>> given_values;
  /// Values from the configuration file; no error may repeat them.
  std::map<OptionId, std::vector<std::string>> file_values;
  Live live = Live::no;               ///< set by the command
  std::vector<std::string> warnings;  ///< for the log, one a line
};

/// Options that a command does not take.
struct RejectedOptions {
  std::span<const OptionId> ids;
  std::string_view reason;  ///< for the error
};

/// Reads `arguments` (without program name and command), the environment and the configuration file. A
/// rejected option is an error among the arguments, and ignored elsewhere.
std::variant<RunOptions, Printed, UsageError> read_run_options(const std::vector<std::string>& arguments,
                                                               const RejectedOptions& rejected = {});

/// Reads the options of the policy again, as read_run_options() does. The error is a sentence.
Result<policy::PolicyTexts, std::string> read_policy_options(const std::vector<std::string>& arguments);

/// Returns the source of an option's value: its variable, its line of the configuration file, else its flag.
std::string name_of(const RunOptions& options, OptionId id);

/// Returns "cannot use NAME: REASON", without values from the configuration file.
std::string error_text(const RunOptions& options, const agent::InvalidOptionError& error);

/// Returns the help text of `run`.
std::string run_help();

/// Returns the options of `run`, `exec` and `check`, in the order of help.
std::vector<OptionText> run_option_texts();

}  // namespace aluvia::app
