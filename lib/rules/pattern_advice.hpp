// Words the warning for an invalid rule: the error and a corrected rule.
#pragma once

#include "rules/pattern.hpp"

#include <string>
#include <string_view>

namespace aluvia::rules {

/// Returns a text of a user in quotes: printable, shortened, without the userinfo of a pasted URL.
std::string quoted_rule(std::string_view text);

/// Returns why a text is no pattern and what to write instead: "its * is in a position without meaning; …".
std::string reason(std::string_view rule, PatternError error);

/// Returns one sentence for a warning: the quoted rule (printable, shortened, without the userinfo of a
/// pasted URL), the error, and the corrected rule if there is an obvious one.
std::string advice(std::string_view rule, PatternError error);

}  // namespace aluvia::rules
