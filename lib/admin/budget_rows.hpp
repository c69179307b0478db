// Shows the budgets of the gateway as JSON and as text.
#pragma once

#include "base/json_writer.hpp"
#include "budget/budget.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::admin {

/// Returns the budgets with texts that name no hosts: "pattern 2, 1GB/day".
std::vector<budget::BudgetView> without_hosts(std::vector<budget::BudgetView> budgets);

/// Writes the list `budgets`, or nothing where there is none.
void write_budgets(JsonWriter& out, std::span<const budget::BudgetView> budgets);

/// Returns "5GB/day: 1.2 GB of 5.0 GB used, 3.8 GB left until 2026-12-01T00:00:00Z".
std::string budget_line(const budget::BudgetView& budget);
/// Returns a line for each, behind `prefix`.
std::string budget_lines(std::span<const budget::BudgetView> budgets, std::string_view prefix);

}  // namespace aluvia::admin
