#include "policy/policy.hpp"

#include "policy/pattern.hpp"

#include <utility>

namespace aluvia::policy {

std::string policy_error(const PolicyTexts& texts) {
  for (const auto* list : {&texts.block, &texts.only}) {
    for (const std::string& text : *list) {
      if (auto pattern = parse_pattern(text); !pattern) return std::move(pattern.error());
    }
  }
  return budgets_error(texts.budgets, texts.price);
}

Policy::Policy(PolicyTexts texts)
    : texts_(std::move(texts)),
      block_(PatternSet::compile(texts_.block, "block ")),
      only_(PatternSet::compile(texts_.only)),
      budgets_(compile_budgets(texts_.budgets, texts_.price)) {}

Verdict Policy::judge(std::string_view host, std::uint16_t port) const noexcept {
  if (const auto block = block_.find(host, port); !block.empty()) return {Action::block, block};
  if (!texts_.has_allow_list() || !only_.find(host, port).empty()) return {};
  return {texts_.audits_only ? Action::audit : Action::block, no_only_pattern};
}

}  // namespace aluvia::policy
