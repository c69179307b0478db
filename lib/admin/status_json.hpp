// StatusSnapshot as JSON. Ages and waits are seconds, so that no reader needs our clock; `next` stands there
// when there is something to do.
#pragma once

#include "admin/status_snapshot.hpp"
#include "base/secret_string.hpp"

namespace aluvia::admin {

/// Without the session id and without links where the audience is anyone.
SecretString status_json(const StatusSnapshot& status, Audience audience);
SecretString tunnels_json(const telemetry::TunnelViews& views);

}  // namespace aluvia::admin
