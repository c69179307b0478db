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
};

/// Reads `arguments` (without program name and command), the environment and the configuration file.
std::variant<RunOptions, Printed, UsageError> read_run_options(const std::vector<std::string>& arguments);

/// " (from ALUVIA_PORT)", or nothing where the option came from the command line or its default.
std::string origin_of(const RunOptions& options, std::string_view flag);

/// The help text of `run`.
std::string run_help();

/// Its options, for whoever writes about them.
std::vector<OptionText> run_option_texts();

}  // namespace aluvia::app
