// BudgetShare: what one open request may still take of the budgets that cover it.
#pragma once

#include "budget/budget_book.hpp"

#include <cstdint>
#include <vector>

namespace aluvia::budget {

/// Loop thread only.
class BudgetShare {
 public:
  explicit BudgetShare(std::vector<SharedBudget> budgets);
  ~BudgetShare();
  BudgetShare(const BudgetShare&) = delete;
  BudgetShare& operator=(const BudgetShare&) = delete;

  /// Returns how many bytes may move now, at most what each of the budgets has left.
  std::uint64_t left() const noexcept;
  /// Returns true if the caller must look at the budgets; see Budget::spend().
  bool spend(std::uint64_t bytes) noexcept;

  /// Returns the bytes that may wait unread in the kernel, if that must change now; else 0. It changes when
  /// the share has halved or doubled, so that a whole budget takes a few system calls.
  std::uint32_t new_receive_buffer() noexcept;

  const std::vector<SharedBudget>& budgets() const noexcept { return budgets_; }

 private:
  std::vector<SharedBudget> budgets_;
  std::uint64_t receive_buffer_ = 0;  // last set; 0: the kernel's own
};

}  // namespace aluvia::budget
