// Carries out what the owner asks for on the Unix socket: orders become edits of the control plane, and what
// came of them becomes words. Private to the room.
#pragma once

#include "admin/commands.hpp"
#include "control/config_manager.hpp"
#include "loop/asio.hpp"

#include <functional>

namespace aluvia::agent {

/// To be called on `loop` as long as all of them live; answers come back there. `stop` must not wait.
admin::Commands admin_orders(loop::Loop& loop, control::ConfigManager& manager, std::function<void()> stop);

}  // namespace aluvia::agent
