// Removes secrets from the arguments and the environment: copies them, then overwrites them in place, so that
// `ps` and /proc/PID do not show them. A mark replaces each argument, so that CLI11 keeps no copy.
#pragma once

#include "base/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

/// Returns the process's arguments, without the program's name. Before a `--`, marks for secret_of() replace
/// the values of `--token` and `--proxy-auth` (after a space or `=`), and the originals are overwritten.
std::vector<std::string> take_arguments(int argc, char** argv);

/// Returns the secret of a mark, or any other text unchanged.
Secret secret_of(std::string_view text);

/// Overwrites and removes ALUVIA_TOKEN, ALV_USER_TOKEN and ALUVIA_PROXY_AUTH.
void hide_secret_environment();

}  // namespace aluvia::app
