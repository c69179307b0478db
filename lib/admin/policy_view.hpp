// Shows the policy of the proxy, and what an edit of it has changed, as JSON and as text.
#pragma once

#include "admin/status_snapshot.hpp"
#include "base/secret_string.hpp"
#include "budget/budget.hpp"
#include "config/edit.hpp"

#include <span>
#include <string>

namespace aluvia::admin {

/// `audited` are the patterns that an allow-list in audit mode would need. The text is ready to paste into a
/// configuration file.
SecretString policy_json(const policy::PolicyTexts& policy, std::span<const std::string> audited,
                         std::span<const budget::BudgetView> budgets = {});
std::string policy_text(const policy::PolicyTexts& policy, std::span<const std::string> audited,
                        std::span<const budget::BudgetView> budgets = {});

/// Returns the policy of a snapshot; without one, or without a snapshot, an empty one.
const policy::PolicyTexts& policy_of(const config::Snapshot& snapshot);

/// Returns one line per added and removed pattern, and one about the policy that is in force now.
std::string policy_change_text(const config::ChangedConfig& changed);

/// Returns "2 block patterns, no allow-list".
std::string policy_summary(const policy::PolicyTexts& policy);

}  // namespace aluvia::admin
