// Secrets among the arguments and in the environment: copied out, then overwritten in place, so that neither
// `ps` nor /proc/PID/cmdline nor /proc/PID/environ shows them.
#pragma once

namespace aluvia::app {

/// Overwrites the value of `--token VALUE` and `--token=VALUE` in the process's own argument memory.
void hide_token_argument(int argc, char** argv) noexcept;

/// Overwrites and removes ALUVIA_TOKEN and ALV_USER_TOKEN.
void hide_token_environment() noexcept;

}  // namespace aluvia::app
