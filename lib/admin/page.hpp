// Renders the page that a browser gets at the proxy's own address, and the proxy auto-configuration (PAC)
// file.
#pragma once

#include "admin/status_snapshot.hpp"

#include <string>
#include <string_view>

namespace aluvia::admin {

inline constexpr std::string_view pac_type = "application/x-ns-proxy-autoconfig";

/// HTML with state, traffic, open tunnels and rules, for anyone who may read /tunnels. A browser that runs
/// its script shows the live view instead (web/page.js), which asks for /live; no other is needed. Bounded:
/// `tunnels` as given, and 100 rules.
std::string page(const StatusSnapshot& status, const telemetry::TunnelViews& tunnels);

/// Loopback straight, everything else to this proxy, which knows the rules; it never falls back to DIRECT.
std::string proxy_pac(const StatusSnapshot& status);

}  // namespace aluvia::admin
