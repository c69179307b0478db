#include "admin/budget_rows.hpp"

#include "base/visible.hpp"
#include "telemetry/counters.hpp"

#include <fmt/format.h>

namespace aluvia::admin {

using budget::BudgetView;
using telemetry::human_bytes;

std::vector<BudgetView> without_hosts(std::vector<BudgetView> budgets) {
  std::size_t number = 0;
  for (BudgetView& budget : budgets) {
    if (budget.covers_all) continue;
    budget.text = fmt::format("pattern {}, {}", ++number, budget.text.substr(budget.text.rfind('=') + 1));
  }
  return budgets;
}

void write_budgets(JsonWriter& out, std::span<const BudgetView> budgets) {
  if (budgets.empty()) return;
  out.begin_list("budgets");
  for (const BudgetView& budget : budgets) {
    out.begin_object();
    out.text("budget", budget.text);
    out.number("limit_bytes", budget.limit);
    out.number("spent_bytes", budget.spent);
    out.number("left_bytes", budget.left);
    out.text("from", policy::time_text(budget.begin));
    out.text("until", policy::time_text(budget.end));
    out.yes_or_no("closed", budget.is_closed);
    out.text_if_any("problem", budget.problem);
    out.end_object();
  }
  out.end_list();
}

std::string budget_line(const BudgetView& budget) {
  const std::string text = visible(budget.text);
  if (budget.is_closed && budget.left > 0)
    return fmt::format("{}: closed, because it is not known what is spent{}{}", text,
                       budget.problem.empty() ? "" : ": ", visible(budget.problem));
  if (budget.is_closed)
    return fmt::format("{}: used up ({}); it opens again at {}", text, human_bytes(budget.limit),
                       policy::time_text(budget.end));
  return fmt::format("{}: {} of {} used, {} left until {}", text, human_bytes(budget.spent),
                     human_bytes(budget.limit), human_bytes(budget.left), policy::time_text(budget.end));
}

std::string budget_lines(std::span<const BudgetView> budgets, std::string_view prefix) {
  std::string out;
  for (const BudgetView& budget : budgets) out += fmt::format("{}{}\n", prefix, budget_line(budget));
  return out;
}

}  // namespace aluvia::admin
