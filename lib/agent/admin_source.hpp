// Connects the admin module with both planes: the values that it shows and the commands that it runs. Private
// to the module.
#pragma once

#include "admin/commands.hpp"
#include "admin/status_snapshot.hpp"
#include "control/config_manager.hpp"
#include "loop/asio.hpp"
#include "proxy/proxy_server.hpp"

#include <functional>
#include <string>

namespace aluvia::agent {

/// Its functions are called on the loop as long as `server` and `manager` live. `url` is the proxy's.
admin::StatusProvider status_provider(proxy::ProxyServer& server, const control::ConfigManager& manager,
                                      std::string url);

/// Its functions are called on `loop` as long as `loop` and `manager` live. `stop` must not wait.
admin::Commands commands(loop::Loop& loop, control::ConfigManager& manager, std::function<void()> stop);

}  // namespace aluvia::agent
