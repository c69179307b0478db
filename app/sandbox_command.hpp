// `aluvia-connect sandbox`: an emulated Aluvia in the foreground. Knows the sub-command's options and what it
// prints.
#pragma once

#include "sandbox/sandbox.hpp"

#include <string>

namespace CLI {
class App;
}

namespace aluvia::app {

struct SandboxCommand {
  sandbox::SandboxOptions options;
  bool json = false;  ///< one JSON line instead of text for people
};

/// Adds the sub-command `sandbox` with its options, which are written into `command`: it must live as long as
/// `cli`. Returns the sub-command, so that the caller can ask whether it was given.
CLI::App* add_sandbox_command(CLI::App& cli, SandboxCommand& command);

/// Runs until SIGINT or SIGTERM: 0. 73 when a port cannot be bound or the CA file cannot be written; the
/// reason goes to stderr. Must be called before other threads run, because it blocks these signals to wait
/// for them.
int run_sandbox_command(const SandboxCommand& command);

}  // namespace aluvia::app
