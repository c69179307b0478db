// Words the warning for an invalid rule: the error and a corrected rule.
#pragma once

#include "rules/pattern.hpp"

#include <string>
#include <string_view>

namespace aluvia::rules {

/// Returns one sentence for a warning: the quoted rule (printable, shortened, without the userinfo of a
/// pasted URL), the error, and the corrected rule if there is an obvious one.
std::string advice(std::string_view rule, PatternError error);

}  // namespace aluvia::rules
