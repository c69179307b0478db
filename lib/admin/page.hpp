// Renders the page that a browser gets at the proxy's own address, and the proxy auto-configuration (PAC)
// file.
#pragma once

#include "admin/status_snapshot.hpp"

#include <string>
#include <string_view>

namespace aluvia::admin {

inline constexpr std::string_view pac_type = "application/x-ns-proxy-autoconfig";

/// HTML without scripts: what runs here, and where to read on.
std::string page(const StatusSnapshot& status);

/// Loopback straight, everything else to this proxy, which knows the rules; it never falls back to DIRECT.
std::string proxy_pac(const StatusSnapshot& status);

}  // namespace aluvia::admin
