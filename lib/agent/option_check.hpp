// What a client's options must be before anything starts. Private to the room.
#pragma once

#include "agent/agent_connect_client.hpp"

namespace aluvia::agent {

/// The options with their hosts in one spelling: localhost as 127.0.0.1, no brackets. Throws
/// MissingUserTokenError or InvalidOptionError; what can be seen without asking the network is seen here.
AgentConnectClientOptions checked(AgentConnectClientOptions options);

}  // namespace aluvia::agent
