#include "admin/policy_view.hpp"

#include "admin/budget_rows.hpp"
#include "base/counted.hpp"
#include "base/json_writer.hpp"
#include "base/visible.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

using Patterns = std::vector<std::string>;
using policy::PolicyTexts;

// Patterns that a text about a change lists of each kind.
constexpr std::size_t most_listed = 10;

// Appends a line for each pattern of `list` that `other` does not have.
void add_missing(std::string& out, std::string_view sign, std::string_view name, const Patterns& list,
                 const Patterns& other) {
  const std::unordered_set<std::string_view> known(other.begin(), other.end());
  std::size_t found = 0;
  for (const std::string& pattern : list) {
    if (known.contains(pattern)) continue;
    if (++found <= most_listed) out += fmt::format("{}  {} {}\n", sign, name, visible(pattern));
  }
  if (found > most_listed) out += fmt::format("{}  {} more {} patterns\n", sign, found - most_listed, name);
}

}  // namespace

const PolicyTexts& policy_of(const config::Snapshot& snapshot) {
  static const PolicyTexts none;
  return snapshot && snapshot->policy ? snapshot->policy->texts() : none;
}

std::string policy_summary(const PolicyTexts& policy) {
  if (policy.empty()) return "none";
  std::string out = policy.block.empty() ? "blocks no pattern"
                                         : fmt::format("blocks {}", counted(policy.block.size(), "pattern"));
  if (!policy.budgets.empty()) out += fmt::format(", {}", counted(policy.budgets.size(), "budget"));
  if (!policy.has_allow_list()) return out + ", no allow-list";
  out += fmt::format(", allows only {}", counted(policy.only.size(), "pattern"));
  return policy.audits_only ? out + " (audit: lets everything else through)" : out;
}

SecretString policy_json(const PolicyTexts& policy, std::span<const std::string> audited,
                         std::span<const budget::BudgetView> budgets) {
  JsonWriter out;
  out.begin_object();
  out.texts("block", policy.block);
  out.texts("only", policy.only);
  out.yes_or_no("only_audit", policy.audits_only);
  if (!policy.budgets.empty()) out.texts("budget", policy.budgets);
  out.texts("audited", Patterns(audited.begin(), audited.end()));
  write_budgets(out, budgets);
  out.end_object();
  return out.take_line();
}

std::string policy_text(const PolicyTexts& policy, std::span<const std::string> audited,
                        std::span<const budget::BudgetView> budgets) {
  std::string out;
  for (const std::string& pattern : policy.block) out += fmt::format("block = {}\n", visible(pattern));
  for (const std::string& pattern : policy.only) out += fmt::format("only = {}\n", visible(pattern));
  if (policy.audits_only) out += "only-audit = yes\n";
  for (const std::string& text : policy.budgets) out += fmt::format("budget = {}\n", visible(text));
  if (out.empty()) return "no policy: nothing is blocked\n";
  if (!budgets.empty()) out += "\n" + budget_lines(budgets, "# ");
  if (audited.empty()) return out;
  out += "\n# Requests outside the allow-list would need:\n";
  for (const std::string& pattern : audited) out += fmt::format("only = {}\n", visible(pattern));
  return out;
}

std::string policy_change_text(const config::ChangedConfig& changed) {
  const PolicyTexts& now = policy_of(changed.snapshot);
  const PolicyTexts& before = changed.before ? policy_of(changed.before) : now;
  if (now == before) return fmt::format("Nothing changed. The policy: {}.\n", policy_summary(now));
  std::string out;
  add_missing(out, "+", "block", now.block, before.block);
  add_missing(out, "-", "block", before.block, now.block);
  add_missing(out, "+", "only", now.only, before.only);
  add_missing(out, "-", "only", before.only, now.only);
  add_missing(out, "+", "budget", now.budgets, before.budgets);
  add_missing(out, "-", "budget", before.budgets, now.budgets);
  return out + fmt::format("In force now. The policy: {}.\n", policy_summary(now));
}

}  // namespace aluvia::admin
