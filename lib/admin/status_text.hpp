// Facts as text for people.
#pragma once

#include "admin/facts.hpp"

#include <string>

namespace aluvia::admin {

std::string status_text(const Facts& facts, Audience audience);
std::string tunnels_text(const telemetry::TunnelViews& views);

/// 75 -> "1 min 15 s": two units at most, for people.
std::string human_seconds(double seconds);

}  // namespace aluvia::admin
