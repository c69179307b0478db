// Connects the admin module with both planes: provides the values that it shows and the commands that it
// runs. Private to the module.
#pragma once

#include "admin/commands.hpp"
#include "admin/self_endpoint.hpp"
#include "admin/status_snapshot.hpp"
#include "agent/auto_service.hpp"
#include "base/logger.hpp"
#include "control/config_manager.hpp"
#include "loop/loop.hpp"
#include "proxy/proxy_server.hpp"
#include "telemetry/request_ring.hpp"

#include <functional>
#include <string>

namespace aluvia::agent {

/// Returns functions that must be called on the loop, while `server`, `manager`, `recent` and `learning`
/// live. `url` is the proxy's; `learning` is null if it learns no hosts.
admin::StatusProvider status_provider(proxy::ProxyServer& server, const control::ConfigManager& manager,
                                      const telemetry::RequestRing& recent, const AutoService* learning,
                                      std::string url);

/// Returns functions that must be called on `loop`, while the other parameters live. `stop` must not wait.
admin::Commands commands(loop::Loop& loop, proxy::ProxyServer& server, control::ConfigManager& manager,
                         AutoService* learning, const Logger& logger, std::function<void()> stop);

/// Answers a request for the proxy itself with one of `pages`.
void answer_itself(const admin::SelfEndpoint& pages, const proxy::LocalRequest& request,
                   std::function<void(proxy::LocalAnswer)> done);

}  // namespace aluvia::agent
