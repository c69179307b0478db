// StatusSnapshot as text for people.
#pragma once

#include "admin/status_snapshot.hpp"

#include <string>

namespace aluvia::admin {

std::string status_text(const StatusSnapshot& status, Audience audience);
/// Returns the whole status in one line for the owner, with the time of the last poll instead of its age,
/// because a service manager shows the line later.
std::string status_line(const StatusSnapshot& status);
std::string tunnels_text(const telemetry::TunnelViews& views);

/// 75 -> "1 min 15 s": two units at most, for people.
std::string human_seconds(double seconds);

}  // namespace aluvia::admin
