// Where the Unix socket of a proxy stands: `$XDG_RUNTIME_DIR/aluvia-connect/PORT.sock`, or, where that folder
// is not to be had, aluvia-connect-UID in the temporary directory. Those who serve it and those who look for
// it ask here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace aluvia::admin {

/// Of this user and environment, best first. Where a folder for running programs is named but is not there or
/// not ours, only the temporary one remains.
std::vector<std::string> socket_folders();

/// `folder`/PORT.sock
std::string socket_path(const std::string& folder, std::uint16_t port);

}  // namespace aluvia::admin
