// Rules, changes, explanations and errors as JSON and as text.
#pragma once

#include "admin/status_snapshot.hpp"
#include "config/edit.hpp"

#include <string>
#include <string_view>

namespace aluvia::admin {

std::string rules_json(const StatusSnapshot& status);
std::string rules_text(const StatusSnapshot& status);

std::string geo_json(const StatusSnapshot& status);
std::string geo_text(const StatusSnapshot& status);

/// The configuration that holds a change, and the rules that ClearRules removed.
std::string changed_json(const config::ChangedConfig& changed);
std::string changed_text(const config::ChangedConfig& changed);

std::string explanation_json(const http::Authority& site, const Explanation& explanation);
std::string explanation_text(const http::Authority& site, const Explanation& explanation);

std::string error_json(std::string_view code, std::string_view message);
std::string error_json(const config::ApiError& error);

}  // namespace aluvia::admin
