// Validates edits, applies them to lists of rules and makes session ids. Pure but for the random numbers.
#pragma once

#include "config/edit.hpp"

#include <span>
#include <string>
#include <vector>

namespace aluvia::control {

using Rules = std::vector<std::string>;

/// One sentence about an edit that must not be sent; empty where it is valid.
std::string edit_error(const config::Edit& edit);

/// 16 random lower-case letters and digits: a session_id that the API accepts.
std::string make_session_id();

/// `rules` and those of `more` that are not among them yet.
Rules with_rules(Rules rules, std::span<const std::string> more);
/// `rules` without those that `less` names.
Rules without_rules(const Rules& rules, std::span<const std::string> less);
/// The first of `named` that is not among `rules`, or null.
const std::string* first_absent(const Rules& rules, std::span<const std::string> named);

}  // namespace aluvia::control
