// The bodies of POST requests on the Unix socket.
#pragma once

#include "admin/commands.hpp"

#include <string_view>

namespace aluvia::admin {

/// {"add": ["…"]}, {"remove": […]} or {"set": […]}, exactly one of them, with {"local": true} where it is
/// meant for this proxy only. The error is a sentence.
Result<RuleCommand, std::string> read_rule_order(std::string_view body);

/// {"geo": "us-ny"}, or null to clear it.
Result<GeoCommand, std::string> read_geo_order(std::string_view body);

}  // namespace aluvia::admin
