// `aluvia-connect exec [OPTIONS] [--] COMMAND…`: runs a command behind a proxy of its own.
#pragma once

#include <string>
#include <vector>

namespace aluvia::app {

/// The command's exit status, 128 + n where a signal ended it, 127 and 126 where it cannot be found or run,
/// or the status of `run` where the proxy cannot start, and then the command is not started. To be called on
/// the main thread before there are others: the child dies with it.
int exec_command(const std::vector<std::string>& arguments);

}  // namespace aluvia::app
