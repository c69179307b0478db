// `aluvia-connect exec [OPTIONS] [--] COMMAND…`: runs a command behind a proxy of its own.
#pragma once

#include <string>
#include <vector>

namespace aluvia::app {

/// Returns the command's exit status, 128 + n if signal n ended it, or 127 or 126 if it cannot be found or
/// run. If the proxy cannot start, returns the status of `run` and does not start the command. Must be called
/// on the main thread before other threads run, because the child dies with the calling thread.
int exec_command(const std::vector<std::string>& arguments);

}  // namespace aluvia::app
