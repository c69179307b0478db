#include "admin/readiness.hpp"

#include "admin/budget_rows.hpp"

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

using Kind = config::ApiError::Kind;

// The API's own text may hold a link that is the owner's.
std::string account_reason(const config::ApiError& error, Audience audience) {
  if (audience == Audience::owner && !error.message.empty()) return error.message;
  return error.kind == Kind::token_refused ? "the API refuses the token" : "the API asks for a payment";
}

}  // namespace

std::vector<std::string> reasons_not_ready(const StatusSnapshot& status, Audience audience) {
  std::vector<std::string> out;
  if (status.stopping) out.emplace_back("the proxy is stopping");
  if (!status.snapshot) out.emplace_back("there is no configuration yet");
  if (!status.gateway.ok && status.snapshot && status.snapshot->rule_count() > 0) {
    out.push_back(audience == Audience::owner ? "the gateway cannot be used: " + status.gateway.reason
                                              : "the gateway cannot be used");
  }
  for (const budget::BudgetView& budget : status.budgets) {
    if (budget.is_closed && budget.covers_all) out.push_back("no budget is left, " + budget_line(budget));
  }
  if (!status.api.usable()) out.push_back(account_reason(*status.api.error, audience));
  return out;
}

std::string command_for(const StatusSnapshot& status, std::string_view command) {
  return fmt::format("aluvia-connect {} --port {}", command, status.url.substr(status.url.rfind(':') + 1));
}

std::string owner_step(const config::ApiError& error) {
  if (!error.claim_url.empty()) return fmt::format("open {}", error.claim_url);
  if (error.kind == Kind::token_refused)
    return "create a user API token in the dashboard and start the proxy again with it";
  return {};
}

std::string next_step(const StatusSnapshot& status, Audience audience) {
  if (const auto& error = status.api.error) {
    std::string step = owner_step(*error);
    const bool is_link = !error->claim_url.empty();
    if (!step.empty() && (audience == Audience::owner || !is_link)) return step;
    if (error->kind == Kind::payment_required) return "look at the account's balance in the dashboard";
    if (error->kind == Kind::rate_limited) return {};  // the next poll waits as long as the API asks
  }
  if (!status.snapshot) return command_for(status, "wait");
  return status.api.error ? command_for(status, "refresh") : std::string();
}

}  // namespace aluvia::admin
