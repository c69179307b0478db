#include "budget/budget_book.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace aluvia::budget {

std::vector<SharedBudget> BudgetBook::follow(std::span<const policy::BudgetSpec> specs, Seconds now,
                                             bool are_known) {
  std::vector<SharedBudget> before = std::exchange(budgets_, {});
  std::vector<SharedBudget> added;
  for (const policy::BudgetSpec& spec : specs) {
    const auto same =
        std::ranges::find_if(before, [&](const auto& budget) { return budget->spec().has_scope_of(spec); });
    if (same != before.end()) {
      (*same)->replace(spec);
      budgets_.push_back(std::move(*same));
      before.erase(same);
    } else {
      added.push_back(budgets_.emplace_back(std::make_shared<Budget>(spec, now, are_known)));
    }
  }
  for (const SharedBudget& gone : before) gone->retire();
  return added;
}

const Budget* BudgetBook::closed_for(std::string_view host, std::uint16_t port) const noexcept {
  for (const SharedBudget& budget : budgets_) {
    if (budget->is_closed() && budget->covers(host, port)) return budget.get();
  }
  return nullptr;
}

std::vector<SharedBudget> BudgetBook::of(std::string_view host, std::uint16_t port) const {
  std::vector<SharedBudget> out;
  std::ranges::copy_if(budgets_, std::back_inserter(out),
                       [&](const SharedBudget& budget) { return budget->covers(host, port); });
  return out;
}

bool BudgetBook::advance(Seconds now) noexcept {
  bool has_begun = false;
  for (const SharedBudget& budget : budgets_) has_begun = budget->advance(now) || has_begun;
  return has_begun;
}

Seconds BudgetBook::next_end() const noexcept {
  Seconds out = std::numeric_limits<Seconds>::max();
  for (const SharedBudget& budget : budgets_) out = std::min(out, budget->period().end);
  return out;
}

std::vector<BudgetView> BudgetBook::view() const {
  std::vector<BudgetView> out;
  for (const SharedBudget& budget : budgets_) out.push_back(budget->view());
  return out;
}

}  // namespace aluvia::budget
