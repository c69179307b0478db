#include "budget/budget_share.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace aluvia::budget {
namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
// Half of the largest buffer that the kernel takes by itself (tcp_rmem): above this there is nothing to
// bound.
constexpr std::uint64_t worth_bounding = 3 << 20;
// A smaller buffer holds less than two segments.
constexpr std::uint64_t least_buffer = 4096;

}  // namespace

BudgetShare::BudgetShare(std::vector<SharedBudget> budgets) : budgets_(std::move(budgets)) {
  for (const SharedBudget& budget : budgets_) budget->join();
}

BudgetShare::~BudgetShare() {
  for (const SharedBudget& budget : budgets_) budget->leave();
}

std::uint64_t BudgetShare::left() const noexcept {
  std::uint64_t out = no_limit;
  for (const SharedBudget& budget : budgets_) out = std::min(out, budget->left());
  return out;
}

bool BudgetShare::spend(std::uint64_t bytes) noexcept {
  bool must_look = false;
  for (const SharedBudget& budget : budgets_) must_look = budget->spend(bytes) || must_look;
  return must_look;
}

std::uint32_t BudgetShare::new_receive_buffer() noexcept {
  std::uint64_t share = no_limit;
  for (const SharedBudget& budget : budgets_) share = std::min(share, budget->share());
  if (receive_buffer_ == 0 && share >= worth_bounding) return 0;
  share = std::clamp(share, least_buffer, worth_bounding);
  const bool has_changed =
      receive_buffer_ == 0 || share <= receive_buffer_ / 2 || share >= receive_buffer_ * 2;
  if (!has_changed) return 0;
  receive_buffer_ = share;
  return static_cast<std::uint32_t>(share);
}

}  // namespace aluvia::budget
