// Rules, changes, explanations and refusals, as JSON and as text.
#pragma once

#include "admin/commands.hpp"
#include "admin/status_snapshot.hpp"

#include <string>

namespace aluvia::admin {

std::string rules_json(const StatusSnapshot& facts);
std::string rules_text(const StatusSnapshot& facts);

std::string geo_json(const StatusSnapshot& facts);
std::string geo_text(const StatusSnapshot& facts);

/// The configuration behind a change, and the rules that a clear removed.
std::string changed_json(const ChangedConfig& changed);
std::string changed_text(const ChangedConfig& changed);

std::string explanation_json(const http::Authority& site, const Explanation& explanation);
std::string explanation_text(const http::Authority& site, const Explanation& explanation);

std::string refusal_json(const Refusal& refusal);

}  // namespace aluvia::admin
