// What an edit makes of a list of rules, and whether an edit can be made at all. Pure.
#pragma once

#include "config/edit.hpp"

#include <span>
#include <string>
#include <vector>

namespace aluvia::control {

using Rules = std::vector<std::string>;

/// One sentence, or empty where the edit may be sent.
std::string complaint_about(const config::Edit& edit);

/// `rules` and those of `more` that are not among them yet.
Rules with_rules(Rules rules, std::span<const std::string> more);
/// `rules` without those that `less` names.
Rules without_rules(const Rules& rules, std::span<const std::string> less);
/// The first of `named` that is not among `rules`, or null.
const std::string* first_absent(const Rules& rules, std::span<const std::string> named);

}  // namespace aluvia::control
