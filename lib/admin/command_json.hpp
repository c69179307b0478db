// Parses the bodies of POST requests on the control socket.
#pragma once

#include "base/result.hpp"
#include "config/edit.hpp"

#include <string>
#include <string_view>

namespace aluvia::admin {

/// Reads {"add": ["…"]}, {"remove": […]}, {"set": […]} or {"clear": true}, exactly one of them, with
/// {"local": true} for rules of this proxy only. The error is a sentence.
Result<config::Edit, std::string> read_rule_edit(std::string_view body);

/// Reads {"add": {"block": ["…"], "only": ["…"], "only_audit": true, "budget": ["…"]}}, or the same with
/// "remove" or "set", exactly one of them. The error is a sentence.
Result<config::Edit, std::string> read_policy_edit(std::string_view body);

/// Reads {"geo": "us-ny"}, or null to clear it. The error is a sentence.
Result<config::Edit, std::string> read_geo_edit(std::string_view body);

/// Reads {"session_id": "…"}, or null to clear it; an empty body is a fresh session id. The error is a
/// sentence.
Result<config::Edit, std::string> read_session_edit(std::string_view body);

}  // namespace aluvia::admin
