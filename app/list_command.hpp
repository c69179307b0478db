// Writes what `aluvia-connect list` prints: the running proxies of this user.
#pragma once

#include "found_proxies.hpp"
#include "terminal_style.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace aluvia::app {

/// A table with a line for each proxy, or a line that says how to start one. In `width` columns long commands
/// keep their beginning, and long directories their end. No width: both are whole.
std::string list_text(const std::vector<FoundProxy>& proxies, std::optional<std::size_t> width,
                      const TerminalStyle& style);

/// {"proxies": [{"port": …, "pid": …, …}]}; `next` where there is no proxy.
std::string list_json(const std::vector<FoundProxy>& proxies);

/// Returns a phrase about a proxy of this user that answers on `port`, but that commands of this environment
/// do not find; empty if there is none.
std::string proxy_elsewhere(std::uint16_t port);

/// Returns the variables with which commands reach a proxy whose control socket has the path
/// `control_socket`, for a shell: "XDG_RUNTIME_DIR=/run/user/1000". Empty if it is not the path of such a
/// socket.
std::string variables_for(const std::string& control_socket);

}  // namespace aluvia::app
