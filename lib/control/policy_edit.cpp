#include "control/policy_edit.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"
#include "config/user_change.hpp"
#include "policy/pattern.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace aluvia::control {
namespace {

using Patterns = std::vector<std::string>;
using policy::PolicyTexts;

std::unordered_set<std::string> keys_of(const Patterns& patterns) {
  std::unordered_set<std::string> keys;
  keys.reserve(patterns.size());
  for (const std::string& pattern : patterns) keys.insert(policy::canonical_text(pattern));
  return keys;
}

Patterns joined(Patterns patterns, const Patterns& more) {
  auto keys = keys_of(patterns);
  for (const std::string& pattern : more) {
    if (keys.insert(policy::canonical_text(pattern)).second) patterns.emplace_back(ascii::trim(pattern));
  }
  return patterns;
}

Result<Patterns, std::string> without(const Patterns& patterns, const Patterns& less, std::string_view list) {
  const auto present = keys_of(patterns);
  const auto gone = keys_of(less);
  for (const std::string& pattern : less) {
    if (!present.contains(policy::canonical_text(pattern)))
      return Err{fmt::format("there is no {} \"{}\"", list, printable(pattern, 80))};
  }
  Patterns left;
  std::ranges::copy_if(patterns, std::back_inserter(left), [&gone](const std::string& pattern) {
    return !gone.contains(policy::canonical_text(pattern));
  });
  return left;
}

// A budget for the same hosts and period gets the new amount.
Patterns with_budgets(const PolicyTexts& now, const Patterns& more) {
  Patterns kept = now.budgets;
  for (const std::string& text : more) {
    const auto added = policy::parse_budget(text, now.price);
    if (!added) continue;  // an error of the whole edit
    std::erase_if(kept, [&](const std::string& old) {
      const auto spec = policy::parse_budget(old, now.price);
      return spec && spec->has_scope_of(*added);
    });
  }
  return joined(std::move(kept), more);
}

Result<PolicyTexts, std::string> remove(const PolicyTexts& now, const PolicyTexts& less) {
  if (less.audits_only && !now.audits_only) return Err{std::string("the allow-list does not audit")};
  auto block = without(now.block, less.block, "block pattern");
  if (!block) return Err{std::move(block.error())};
  auto only = without(now.only, less.only, "only pattern");
  if (!only) return Err{std::move(only.error())};
  auto budgets = without(now.budgets, less.budgets, "budget");
  if (!budgets) return Err{std::move(budgets.error())};
  return PolicyTexts{std::move(*block), std::move(*only), now.audits_only && !less.audits_only,
                     std::move(*budgets), now.price};
}

const PolicyTexts* change_of(const config::Edit& edit) noexcept {
  if (const auto* const add = std::get_if<config::AddPolicy>(&edit)) return &add->policy;
  if (const auto* const less = std::get_if<config::RemovePolicy>(&edit)) return &less->policy;
  return nullptr;
}

}  // namespace

bool is_policy_edit(const config::Edit& edit) noexcept {
  return std::holds_alternative<config::SetPolicy>(edit) || change_of(edit);
}

Result<PolicyTexts, std::string> edited_policy(const PolicyTexts& now, const config::Edit& edit) {
  PolicyTexts wanted;
  if (const auto* const change = change_of(edit); change && change->empty()) {
    return Err{std::string("no pattern is given")};
  }
  if (const auto* const less = std::get_if<config::RemovePolicy>(&edit)) return remove(now, less->policy);
  if (const auto* const add = std::get_if<config::AddPolicy>(&edit)) {
    wanted = {joined(now.block, add->policy.block), joined(now.only, add->policy.only),
              now.audits_only || add->policy.audits_only, with_budgets(now, add->policy.budgets)};
  } else {
    const PolicyTexts& all = std::get<config::SetPolicy>(edit).policy;
    wanted = {joined({}, all.block), joined({}, all.only), all.audits_only, joined({}, all.budgets)};
  }
  wanted.price = now.price;
  for (const auto* list : {&wanted.block, &wanted.only}) {
    if (auto error = config::size_error(*list); !error.empty()) return Err{std::move(error)};
  }
  if (auto error = policy::policy_error(wanted); !error.empty()) return Err{std::move(error)};
  return wanted;
}

}  // namespace aluvia::control
