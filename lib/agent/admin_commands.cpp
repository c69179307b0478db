#include "agent/admin_commands.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aluvia::agent {
namespace {

using Rules = std::vector<std::string>;
using Done = std::function<void(admin::OrderResult)>;

using Kind = config::ChangeError::Kind;

// The statuses are those that the commands turn into exit statuses (app/control_client.cpp).
admin::Refusal refusal_of(config::ChangeError error) {
  const auto as = [&](int status, std::string_view code) {
    return admin::Refusal{status, code, std::move(error.message), std::move(error.claim_url),
                          error.retry_after};
  };
  switch (error.kind) {
    case Kind::invalid:
      return as(400, "invalid");
    case Kind::rejected:
      return as(422, "rejected");
    case Kind::token_refused:
      return as(401, "token_refused");
    case Kind::payment_required:
      return as(402, "payment_required");
    case Kind::rate_limited:
      return as(429, "rate_limited");
    case Kind::bad_answer:
      return as(502, "bad_answer");
    case Kind::unreachable:
      return as(504, "unreachable");
    case Kind::conflict:
      return as(409, "conflict");
    case Kind::api_error:
    case Kind::not_running:
      break;
  }
  return as(503, error.kind == Kind::not_running ? "not_running" : "api_error");
}

admin::OrderResult result_of(config::ChangeResult result) {
  if (!result) return Err{refusal_of(std::move(result.error()))};
  return admin::ChangedConfig(std::move(*result));
}

std::optional<Kind> kind_of(config::ControlStatus::Trouble trouble) {
  using Trouble = config::ControlStatus::Trouble;
  switch (trouble) {
    case Trouble::none:
      return std::nullopt;
    case Trouble::token_refused:
      return Kind::token_refused;
    case Trouble::payment_required:
      return Kind::payment_required;
    case Trouble::rate_limited:
      return Kind::rate_limited;
    case Trouble::unreachable:
      return Kind::unreachable;
    case Trouble::bad_answer:
      return Kind::bad_answer;
    case Trouble::starting:
    case Trouble::api_error:
      break;
  }
  return Kind::api_error;
}

// The status behind a poll tells what that poll met: it is taken on the poll thread, before another begins.
admin::RefreshError error_of(config::ControlStatus status) {
  const auto kind = kind_of(status.trouble);
  if (!kind) return std::nullopt;
  std::optional<std::chrono::seconds> retry_after;
  if (kind == Kind::rate_limited && status.next_poll_at) {
    const auto wait = *status.next_poll_at - std::chrono::system_clock::now();
    retry_after = std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
  }
  return refusal_of(
      {*kind, status.http_status, std::move(status.reason), std::move(status.claim_url), retry_after});
}

config::Edit edit_of(admin::RuleCommand order) {
  using Action = admin::RuleCommand::Action;
  if (order.local && order.action == Action::add) return config::AddLocalRules{std::move(order.rules)};
  if (order.local && order.action == Action::set) return config::SetLocalRules{std::move(order.rules)};
  if (order.local) return config::RemoveLocalRules{std::move(order.rules)};
  if (order.action == Action::add) return config::AddRules{std::move(order.rules)};
  if (order.action == Action::remove) return config::RemoveRules{std::move(order.rules)};
  return config::SetRules{std::move(order.rules)};
}

class Carrier {
 public:
  Carrier(loop::Loop& loop, control::ConfigManager& manager) : loop_(loop), manager_(manager) {}

  void carry_out(admin::Order order, Done done) const {
    if (auto* const rules = std::get_if<admin::RuleCommand>(&order)) {
      if (rules->action == admin::RuleCommand::Action::clear) return clear(rules->local, std::move(done));
      return change(edit_of(std::move(*rules)), std::move(done));
    }
    if (auto* const geo = std::get_if<admin::GeoCommand>(&order)) {
      return change(config::SetGeo{std::move(geo->geo)}, std::move(done));
    }
    change(config::RotateSession{}, std::move(done));
  }

 private:
  // The poll thread tells; who asked is told on the loop, behind the snapshot that was published before.
  void change(config::Edit edit, Done done) const {
    manager_.change(std::move(edit), [&loop = loop_, done = std::move(done)](config::ChangeResult result) {
      asio::post(loop, [done, result = result_of(std::move(result))]() mutable { done(std::move(result)); });
    });
  }

  void clear(bool local, Done done) const {
    auto removed = std::make_shared<Rules>();
    change(config::ClearRules{local, removed}, [removed, done = std::move(done)](admin::OrderResult result) {
      if (result) result->removed = std::move(*removed);
      done(std::move(result));
    });
  }

  loop::Loop& loop_;
  control::ConfigManager& manager_;
};

}  // namespace

admin::Commands admin_orders(loop::Loop& loop, control::ConfigManager& manager, std::function<void()> stop) {
  admin::Commands out;
  out.change = [carrier = Carrier(loop, manager)](admin::Order order, Done done) {
    carrier.carry_out(std::move(order), std::move(done));
  };
  out.refresh = [&](std::function<void(admin::RefreshError)> done) {
    manager.refresh(
        [&loop, &manager, done = std::move(done)] {
          asio::post(loop, [done, error = error_of(manager.status())]() mutable { done(std::move(error)); });
        },
        control::ConfigManager::Haste::insist);
  };
  out.stop = std::move(stop);
  return out;
}

}  // namespace aluvia::agent
