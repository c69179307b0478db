// Finds out which program holds a port, for the error about a port in use.
#pragma once

#include <cstdint>
#include <string>

namespace aluvia::app {

/// Adds to `message`, "cannot listen on ADDRESS: the port is in use; ADVICE", who holds `port`: a proxy of
/// this user, with the commands that show and end it, or another program. Unchanged if the system does not
/// tell.
std::string with_holder(const std::string& message, std::uint16_t port);

}  // namespace aluvia::app
