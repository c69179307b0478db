// StatusSnapshot as JSON. Ages and waits are seconds, so that no reader needs our clock; `next` stands there
// when there is something to do.
#pragma once

#include "admin/status_snapshot.hpp"

#include <string>

namespace aluvia::admin {

/// Without the session id and without links where the audience is anyone.
std::string status_json(const StatusSnapshot& status, Audience audience);
std::string tunnels_json(const telemetry::TunnelViews& views);

}  // namespace aluvia::admin
