#include "admin/rules_view.hpp"

#include "admin/budget_rows.hpp"
#include "admin/readiness.hpp"
#include "base/json_writer.hpp"
#include "base/visible.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

void write_config(JsonWriter& out, const config::UserNetworkConfig& config) {
  out.number("configuration", config.version);
  out.texts("rules", config.rule_texts);
  out.texts("local_rules", config.local_rules);
  out.text_or_null("session_id", config.session_id);
  out.text_or_null("target_geo", config.target_geo);
}

std::string step_after(const config::ApiError& error) {
  if (std::string step = owner_step(error); !step.empty()) return step;
  if (error.retry_after) return fmt::format("try again in {} s", error.retry_after->count());
  const int status = config::http_status(error.kind);
  return status >= 500 || status == 409 ? "try again" : "";
}

void write_error(JsonWriter& out, std::string_view code, std::string_view message,
                 std::optional<std::chrono::seconds> retry_after) {
  out.begin_object("error");
  out.text("code", code);
  out.text("message", message);
  if (retry_after) out.number("retry_after_s", static_cast<std::uint64_t>(retry_after->count()));
  out.end_object();
}

void write_last_failure(JsonWriter& out, const FailedRequest& failure) {
  out.begin_object("last_failure");
  out.text("id", to_text(failure.id));
  const auto time = std::chrono::floor<std::chrono::milliseconds>(failure.time.time_since_epoch()).count();
  out.number("time_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0)));
  out.text_if_any("error", failure.error);
  out.text_if_any("reason", failure.reason);
  out.end_object();
}

std::string last_failure_text(const FailedRequest& failure) {
  return fmt::format("the last failed request of this host is {}: {}\n", to_text(failure.id),
                     visible(failure.reason.empty() ? failure.error : failure.reason));
}

std::string reason_text(const Explanation& explanation) {
  if (!explanation.learned || explanation.why != rules::learned_rule) return visible(explanation.why);
  return "AUTO: " + learned_phrase(*explanation.learned, std::chrono::system_clock::now());
}

std::string forecast_text(const http::Authority& site, const Explanation& explanation) {
  if (const auto& rejection = explanation.rejection) {
    return fmt::format("{}: rejected with {} ({}), configuration version {}\n{}{}", visible(site.text()),
                       rejection->status, visible(rejection->reason), explanation.version, rejection->advice,
                       rejection->advice.empty() ? "" : "\n");
  }
  std::string out =
      fmt::format("{}: {} ({}), configuration version {}\n", visible(site.text()),
                  rules::name(explanation.route), reason_text(explanation), explanation.version);
  if (explanation.learned && explanation.why != rules::learned_rule)
    out += fmt::format("AUTO: {}\n", learned_phrase(*explanation.learned, std::chrono::system_clock::now()));
  if (explanation.action == policy::Action::audit) out += "outside the allow-list, which only audits\n";
  if (!explanation.trouble.empty())
    out += fmt::format("but at this moment {}\n", visible(explanation.trouble));
  return out;
}

}  // namespace

SecretString rules_json(const StatusSnapshot& status, std::span<const learn::HostState> learned) {
  JsonWriter out;
  out.begin_object();
  if (status.snapshot) {
    write_config(out, *status.snapshot);
    out.text("auto", learn::name(status.learning.mode));
    write_learned(out, learned);
  }
  if (!status.snapshot) out.text("next", command_for(status, "wait"));
  out.end_object();
  return out.take_line();
}

std::string rules_text(const StatusSnapshot& status, std::span<const learn::HostState> learned) {
  if (!status.snapshot) return "there is no configuration yet\n";
  const auto& config = *status.snapshot;
  std::string out;
  for (const std::string& rule : config.rule_texts) out += fmt::format("account  {}\n", visible(rule));
  for (const std::string& rule : config.local_rules) out += fmt::format("local    {}\n", visible(rule));
  if (out.empty()) out = "no rules: everything goes direct\n";
  return out + learned_lines(learned, status.now);
}

SecretString geo_json(const StatusSnapshot& status) {
  JsonWriter out;
  out.begin_object();
  out.text_or_null("target_geo", status.snapshot ? status.snapshot->target_geo : std::nullopt);
  out.end_object();
  return out.take_line();
}

std::string geo_text(const StatusSnapshot& status) {
  return status.snapshot && status.snapshot->target_geo ? visible(*status.snapshot->target_geo) + '\n'
                                                        : "no geo is set\n";
}

SecretString changed_json(const config::ChangedConfig& changed) {
  JsonWriter out;
  out.begin_object();
  write_config(out, *changed.snapshot);
  if (changed.removed) out.texts("removed", *changed.removed);
  out.end_object();
  return out.take_line();
}

SecretString explanation_json(const http::Authority& site, const Explanation& explanation) {
  JsonWriter out;
  out.begin_object();
  out.text("host", site.host);
  out.number("port", site.port);
  if (const auto& rejection = explanation.rejection) {
    out.text("route", "rejected");
    const bool is_blocked = explanation.action == policy::Action::block;
    out.text("action", is_blocked ? "block" : "refuse");
    if (is_blocked) out.text("rule", explanation.why);
    out.number("status", static_cast<std::uint64_t>(rejection->status));
    out.text("reason", rejection->reason);
    out.text_if_any("advice", rejection->advice);
  } else {
    out.text("route", rules::name(explanation.route));
    out.text("rule", explanation.why);
    out.text("action", policy::name(explanation.action));
    out.text_if_any("trouble", explanation.trouble);
  }
  write_budgets(out, explanation.budgets);
  if (explanation.learned) write_learned(out, {&*explanation.learned, 1});
  out.number("configuration", explanation.version);
  if (explanation.last_failure) write_last_failure(out, *explanation.last_failure);
  out.end_object();
  return out.take_line();
}

std::string explanation_text(const http::Authority& site, const Explanation& explanation) {
  return forecast_text(site, explanation) + budget_lines(explanation.budgets, "budget ") +
         (explanation.last_failure ? last_failure_text(*explanation.last_failure) : std::string());
}
SecretString error_json(std::string_view code, std::string_view message) {
  JsonWriter out;
  out.begin_object();
  write_error(out, code, message, std::nullopt);
  out.end_object();
  return out.take_line();
}

SecretString error_json(const config::ApiError& error) {
  JsonWriter out;
  out.begin_object();
  write_error(out, config::code(error.kind), error.message, error.retry_after);
  out.text_if_any("next", step_after(error));
  out.end_object();
  return out.take_line();
}

}  // namespace aluvia::admin
