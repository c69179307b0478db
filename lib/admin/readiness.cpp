#include "admin/readiness.hpp"

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

// The API's own words may hold a link that is the owner's.
std::string trouble_of(const ApiFacts& api, Audience audience) {
  if (audience == Audience::owner && !api.reason.empty()) return api.reason;
  if (api.trouble == "token_refused") return "the API refuses the token";
  if (api.trouble == "payment_required") return "the API asks for a payment";
  return fmt::format("the account cannot be used: {}", api.trouble);
}

}  // namespace

std::vector<std::string> reasons_not_ready(const StatusSnapshot& facts, Audience audience) {
  std::vector<std::string> out;
  if (facts.stopping) out.emplace_back("the proxy is being stopped");
  if (!facts.snapshot) out.emplace_back("there is no configuration yet");
  if (!facts.gateway.ok && facts.snapshot && facts.snapshot->rules.size() > 0) {
    out.push_back(audience == Audience::owner ? "the gateway cannot be used: " + facts.gateway.reason
                                              : "the gateway cannot be used");
  }
  if (!facts.api.usable) out.push_back(trouble_of(facts.api, audience));
  return out;
}

std::string command_for(const StatusSnapshot& facts, std::string_view command) {
  return fmt::format("aluvia-connect {} --port {}", command, facts.url.substr(facts.url.rfind(':') + 1));
}

std::string next_step(const StatusSnapshot& facts, Audience audience) {
  const ApiFacts& api = facts.api;
  if (audience == Audience::owner && !api.claim_url.empty()) return fmt::format("open {}", api.claim_url);
  if (api.trouble == "token_refused")
    return "create a user API token in the dashboard and start anew with it";
  if (api.trouble == "payment_required") return "look at the account's balance in the dashboard";
  if (api.trouble == "rate_limited") return {};  // the next poll waits as long as the API asks
  if (!facts.snapshot) return command_for(facts, "wait");
  if (api.trouble != "none" && api.trouble != "starting") return command_for(facts, "refresh");
  return {};
}

}  // namespace aluvia::admin
