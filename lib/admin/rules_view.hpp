// Rules, changes, explanations and errors as JSON and as text.
#pragma once

#include "admin/status_snapshot.hpp"
#include "base/secret_string.hpp"
#include "config/edit.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aluvia::admin {

/// `learned`: the hosts that AUTO has learned or suggests.
SecretString rules_json(const StatusSnapshot& status, std::span<const learn::HostState> learned = {});
std::string rules_text(const StatusSnapshot& status, std::span<const learn::HostState> learned = {});

SecretString geo_json(const StatusSnapshot& status);
std::string geo_text(const StatusSnapshot& status);

/// The configuration that holds a change, and the rules that ClearRules removed.
SecretString changed_json(const config::ChangedConfig& changed);

SecretString explanation_json(const http::Authority& site, const Explanation& explanation);
std::string explanation_text(const http::Authority& site, const Explanation& explanation);

SecretString error_json(std::string_view code, std::string_view message);
SecretString error_json(const config::ApiError& error);

}  // namespace aluvia::admin
