// Where the admin room's values come from: it knows neither plane, and neither plane knows it. Private to the
// room.
#pragma once

#include "admin/status_snapshot.hpp"
#include "control/config_manager.hpp"
#include "proxy/proxy_server.hpp"

#include <string>

namespace aluvia::agent {

/// To be called on the loop as long as both live. `url` is the proxy's.
admin::Source admin_source(proxy::ProxyServer& server, const control::ConfigManager& manager,
                           std::string url);

}  // namespace aluvia::agent
