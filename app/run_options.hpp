// The options of `run`, each from its flag, else the environment, else the configuration file, else its
// default.
#pragma once

#include "agent/agent_connect_client.hpp"
#include "command_line.hpp"
#include "option_text.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace aluvia::app {

enum class Output { text, json };

struct RunOptions {
  agent::AgentConnectClientOptions client;  ///< without its logger
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  Output output = Output::text;
  std::string ready_file;  ///< empty: none
  bool core_dumps = false;
  /// For errors, of the options that were set: "--port", "ALUVIA_PORT", "port of /etc/x:3".
  std::map<OptionId, std::string> names;
  /// Values of the configuration file, which no error may repeat.
  std::map<OptionId, std::vector<std::string>> file_values;
  std::vector<std::string> warnings;  ///< for the log, a line each
};

/// Reads `arguments` (without program name and command), the environment and the configuration file.
std::variant<RunOptions, Printed, UsageError> read_run_options(const std::vector<std::string>& arguments);

/// Where the value of an option came from: its variable, its line of the configuration file, else its flag.
std::string name_of(const RunOptions& options, OptionId id);

/// "cannot use NAME: REASON", without the values that the option has from the configuration file.
std::string error_text(const RunOptions& options, const agent::InvalidOptionError& error);

/// The help text of `run`.
std::string run_help();

/// The options of `run`, `exec` and `check`, in the order of help.
std::vector<OptionText> run_option_texts();

}  // namespace aluvia::app
