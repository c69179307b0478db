// Converts the options of the client to those of the two planes.
#pragma once

#include "agent/agent_connect_client.hpp"
#include "control/config_manager.hpp"
#include "proxy/proxy_server.hpp"

namespace aluvia::agent {

/// Preconditions: the client's constructor has checked the options.
control::ControlOptions control_options_of(const AgentConnectClientOptions& options);
/// The account's gateway, which stays the same in all configurations of a run.
config::GatewayEndpoint gateway_of(const AgentConnectClientOptions& options);
/// Without callbacks, reports and ledger, which belong to a run.
proxy::ProxyOptions proxy_options_of(const AgentConnectClientOptions& options);

}  // namespace aluvia::agent
