// Takes secrets out of the arguments and the environment: copies them, then overwrites them in place, so
// that `ps` and /proc/PID do not show them. A mark replaces each argument, so that CLI11 keeps no copy
// either.
#pragma once

#include "base/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

/// The process's arguments, without the program's name. The values of `--token` and `--proxy-auth`, in both
/// spellings and in front of a `--`, are marks for secret_of(); in the process's own memory they are
/// overwritten.
std::vector<std::string> take_arguments(int argc, char** argv);

/// The secret that a mark stands for; any other text stands for itself.
Secret secret_of(std::string_view text);

/// Overwrites and removes ALUVIA_TOKEN, ALV_USER_TOKEN and ALUVIA_PROXY_AUTH.
void hide_secret_environment();

}  // namespace aluvia::app
