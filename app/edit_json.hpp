// Makes the JSON bodies with which commands ask a running proxy for a change.
#pragma once

#include "control_line.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::app {

/// The first word is the action, the others are its rules.
std::string rule_edit_json(const ControlLine& line);

/// Returns the body of POST /forget: the words behind the first one, or all hosts.
std::string forget_json(const ControlLine& line);

/// Words such as: add block PATTERN…
std::string policy_edit_json(const ControlLine& line);
std::string audit_json(bool is_on);

/// An object with one member; without a value it is null.
std::string edit_json(std::string_view name, const std::optional<std::string>& value);

}  // namespace aluvia::app
