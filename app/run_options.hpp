// The options of `run`: flag, environment, configuration file, default, in this order.
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
  /// Where an option that was not on the command line came from: "--port" -> "ALUVIA_PORT".
  std::map<std::string, std::string, std::less<>> sources;
  /// Values of the configuration file, by flag, which no error may repeat.
  std::map<std::string, std::vector<std::string>, std::less<>> file_values;
  std::vector<std::string> warnings;  ///< for the log, a line each
};

/// Reads `arguments` (without program name and command), the environment and the configuration file.
std::variant<RunOptions, Printed, UsageError> read_run_options(const std::vector<std::string>& arguments);

/// " (from ALUVIA_PORT)", or nothing where the option came from the command line or its default.
std::string origin_of(const RunOptions& options, std::string_view flag);

/// `message` about the option `flag`, with its origin, and without the values that it has from the
/// configuration file.
std::string error_text(const RunOptions& options, std::string_view flag, std::string_view message);

/// The help text of `run`.
std::string run_help();

/// Its options, for whoever writes about them.
std::vector<OptionText> run_option_texts();

}  // namespace aluvia::app
