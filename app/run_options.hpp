// The options of `run`: flag, environment, configuration file, default, in this order.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "agent/agent_connect_client.hpp"

namespace aluvia::app {

enum class Output { text, json };

struct RunOptions {
  agent::AgentConnectClientOptions client;  ///< without its logger
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  Output output = Output::text;
};

/// Help or the version was asked for: `text` is to be printed, status 0.
struct Printed {
  std::string text;
};

/// One line that names the option and what it takes.
struct UsageError {
  std::string message;
};

/// Reads `arguments` (without program name and command), the environment and the configuration file.
std::variant<RunOptions, Printed, UsageError> read_run_options(std::vector<std::string> arguments);

/// The help text of `run`.
std::string run_help();

}  // namespace aluvia::app
