// Applies edits to the policy of this proxy.
#pragma once

#include "base/result.hpp"
#include "config/edit.hpp"

#include <string>

namespace aluvia::control {

/// True for an edit of the policy.
bool is_policy_edit(const config::Edit& edit) noexcept;

/// Returns the policy after an edit of it, or the reason why the edit is not made, in one sentence.
Result<policy::PolicyTexts, std::string> edited_policy(const policy::PolicyTexts& now,
                                                       const config::Edit& edit);

}  // namespace aluvia::control
