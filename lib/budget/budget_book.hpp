// BudgetBook: the budgets that are in force, and those that a request counts in.
#pragma once

#include "budget/budget.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace aluvia::budget {

using SharedBudget = std::shared_ptr<Budget>;

/// Loop thread only.
class BudgetBook {
 public:
  bool empty() const noexcept { return budgets_.empty(); }
  std::span<const SharedBudget> all() const noexcept { return budgets_; }

  /// Puts `specs` in force. A budget of the same scope keeps what it has spent; one that is gone limits
  /// nothing any more. Returns those that are new, which are closed until Budget::know() unless `are_known`.
  std::vector<SharedBudget> follow(std::span<const policy::BudgetSpec> specs, Seconds now, bool are_known);

  /// Returns the first closed budget that covers the request, or null.
  const Budget* closed_for(std::string_view host, std::uint16_t port) const noexcept;
  /// Returns all budgets that cover the request.
  std::vector<SharedBudget> of(std::string_view host, std::uint16_t port) const;

  /// Begins the periods that `now` is in. Returns true if one has begun.
  bool advance(Seconds now) noexcept;
  /// Returns the end of the period that ends first. Precondition: !empty().
  Seconds next_end() const noexcept;

  std::vector<BudgetView> view() const;

 private:
  std::vector<SharedBudget> budgets_;
};

}  // namespace aluvia::budget
