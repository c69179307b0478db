// What to tell somebody whose rule is none: what is wrong with it and what to write instead.
#pragma once

#include "rules/pattern.hpp"

#include <string>
#include <string_view>

namespace aluvia::rules {

/// One sentence for a warning: the rule quoted (printable, shortened, without a user name and password that a
/// URL may carry), what is wrong, and the corrected rule where it can be guessed.
std::string advice(std::string_view rule, PatternError error);

}  // namespace aluvia::rules
