// Validates edits, applies them to lists of rules and makes session ids.
#pragma once

#include "config/edit.hpp"

#include <span>
#include <string>
#include <vector>

namespace aluvia::control {

using Rules = std::vector<std::string>;

/// Returns the reason why an edit must not be sent, or an empty text for a valid one.
std::string edit_error(const config::Edit& edit);

/// Returns a session_id that the API accepts: 16 random lower-case letters and digits.
std::string make_session_id();

/// Returns `rules`, and the rules of `more` that it does not contain yet.
Rules with_rules(Rules rules, std::span<const std::string> more);
/// Returns `rules` without the rules in `less`.
Rules without_rules(const Rules& rules, std::span<const std::string> less);
/// Returns the first of `named` that `rules` does not contain, or null.
const std::string* first_absent(const Rules& rules, std::span<const std::string> named);

}  // namespace aluvia::control
