// Checks a client's options before anything starts. Private to the module.
#pragma once

#include "agent/agent_connect_client.hpp"

namespace aluvia::agent {

/// Returns the options with canonical hosts: localhost as 127.0.0.1, no brackets. Throws
/// MissingUserTokenError or InvalidOptionError. Reads the CA files, and sends nothing.
AgentConnectClientOptions checked(AgentConnectClientOptions options);

}  // namespace aluvia::agent
