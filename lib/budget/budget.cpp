#include "budget/budget.hpp"

#include "policy/pattern.hpp"

#include <limits>
#include <utility>
#include <vector>

namespace aluvia::budget {
namespace {

policy::PatternSet hosts_of(const policy::BudgetSpec& spec) {
  if (spec.pattern.empty()) return {};
  return policy::PatternSet::compile(std::vector{spec.pattern});
}

std::uint16_t port_of(const policy::BudgetSpec& spec) {
  const auto pattern = policy::parse_pattern(spec.pattern);
  return pattern ? pattern->port : std::uint16_t{0};
}

}  // namespace

Budget::Budget(policy::BudgetSpec spec, Seconds now, bool is_known)
    : spec_(std::move(spec)),
      hosts_(hosts_of(spec_)),
      port_(port_of(spec_)),
      period_(policy::period_at(spec_.period, now)),
      is_known_(is_known) {}

void Budget::replace(policy::BudgetSpec spec) {
  const bool is_same = spec.bytes == spec_.bytes;
  spec_ = std::move(spec);
  if (is_same) return;
  has_warned_ = false;
  has_reported_closed_ = false;
}

void Budget::know(std::uint64_t spent_before) noexcept {
  is_known_ = true;
  problem_.clear();
  spent_ += spent_before;
}

std::uint64_t Budget::left() const noexcept {
  if (is_retired_) return std::numeric_limits<std::uint64_t>::max();
  return spent_ >= spec_.bytes ? 0 : spec_.bytes - spent_;
}

bool Budget::spend(std::uint64_t bytes) noexcept {
  spent_ += bytes;
  if (is_retired_) return false;
  return (is_near_end() && !has_warned_) || (left() == 0 && !has_reported_closed_);
}

bool Budget::advance(Seconds now) noexcept {
  if (now < period_.end) return false;
  period_ = policy::period_at(spec_.period, now);
  spent_ = 0;
  has_warned_ = false;
  has_reported_closed_ = false;
  return true;
}

bool Budget::must_warn() noexcept {
  return is_known_ && is_near_end() && !std::exchange(has_warned_, true);
}

bool Budget::must_report_closed() noexcept {
  return is_known_ && left() == 0 && !std::exchange(has_reported_closed_, true);
}

BudgetView Budget::view() const {
  return {spec_.text,  spec_.bytes,  spent_,      left(),  period_.begin,
          period_.end, covers_all(), is_closed(), problem_};
}

}  // namespace aluvia::budget
