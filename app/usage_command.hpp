// The command `usage`: the request to a running proxy, or the file of a state directory without one.
#pragma once

#include "admin/usage_view.hpp"
#include "base/result.hpp"
#include "control_line.hpp"

#include <string>

namespace aluvia::app {

/// Returns the target of the request. The error is a line that names the flag with a bad value.
Result<std::string, std::string> usage_target(const ControlLine& line);

/// Returns what the file of `directory` says, in the form that `line` asks for. Changes nothing there. The
/// error completes "cannot use …: ". Precondition: usage_target() has succeeded.
Result<std::string, std::string> usage_of_directory(const std::string& directory, const ControlLine& line);

/// Returns the directory of ALUVIA_STATE_DIR, else of the service manager; empty if neither is set.
std::string state_directory_of_environment();

/// Returns the first directory of STATE_DIRECTORY (systemd's StateDirectory=); empty if it is not set.
std::string state_directory_of_service();

}  // namespace aluvia::app
