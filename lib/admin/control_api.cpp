#include "admin/control_api.hpp"

#include "admin/change_report.hpp"
#include "admin/command_json.hpp"
#include "admin/explain.hpp"
#include "admin/live_request.hpp"
#include "admin/policy_view.hpp"
#include "admin/rules_view.hpp"
#include "admin/self_endpoint.hpp"
#include "admin/status_json.hpp"
#include "admin/status_text.hpp"
#include "admin/usage_view.hpp"
#include "base/counted.hpp"
#include "base/visible.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

constexpr std::size_t most_tunnels = 10'000;

Answer shown(Format format, const StatusSnapshot& status, SecretString (*json)(const StatusSnapshot&),
             std::string (*text)(const StatusSnapshot&)) {
  return format == Format::json ? Answer(200, json_text, json(status))
                                : Answer(200, plain_text, text(status));
}

SecretString owner_json(const StatusSnapshot& status) {
  return status_json(status, Audience::owner);
}
std::string owner_text(const StatusSnapshot& status) {
  return status_text(status, Audience::owner);
}

Answer bad_request(const std::string& message, Format format) {
  return error_answer(400, "bad_request", message, format);
}

UsageFormat usage_format(Format format) {
  return format == Format::json ? UsageFormat::json : UsageFormat::text;
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

bool is_command(std::string_view path) {
  return path == "/rotate" || path == "/refresh" || path == "/blocked" || path == "/forget" ||
         path == "/stop";
}

Answer wrong_method(std::string_view allowed, Format format) {
  Answer out = error_answer(405, "method_not_allowed", fmt::format("this takes {}", allowed), format);
  out.allow = allowed;
  return out;
}

// A line NAME=VALUE for each; the values have no line ends.
std::string variables_text(const StatusProvider& provider) {
  std::string out;
  if (!provider.client_variables) return out;
  for (const auto& [name, value] : provider.client_variables()) out += fmt::format("{}={}\n", name, value);
  return out;
}

}  // namespace

Answer error_answer(int status, std::string_view code, const std::string& message, Format format) {
  return format == Format::json ? Answer(status, json_text, error_json(code, message))
                                : line(status, visible(message));
}

Answer error_answer(const config::ApiError& error, Format format) {
  const int status = config::http_status(error.kind);
  return format == Format::json ? Answer(status, json_text, error_json(error))
                                : line(status, visible(error.message));
}

void ControlApi::handle(const Request& request, Done done) const {
  const std::string_view path = path_of(request.target);
  if (request.method == "POST") return run_command(request, path, std::move(done));
  if (is_command(path)) return done(wrong_method("POST", request.format));
  if (request.method != "GET") return done(wrong_method("GET, POST", request.format));
  if (path == "/explain")
    return explain(provider_, request.target, request.format, Audience::owner, std::move(done));
  if (path == "/usage")
    return answer_usage(provider_, request.target, usage_format(request.format), std::move(done));
  if (path == "/live") return answer_live(provider_, request.target, Audience::owner, std::move(done));
  done(show(request, path));
}

Answer ControlApi::show(const Request& request, std::string_view path) const {
  if (path == "/url") return line(200, provider_.status().url);
  if (path == "/client-url") return line(200, provider_.client_url().reveal());
  if (path == "/variables") return {200, plain_text, variables_text(provider_)};
  if (path == "/status") return shown(request.format, provider_.status(), owner_json, owner_text);
  if (path == "/rules") return show_rules(request.format);
  if (path == "/policy") return show_policy(request.format);
  if (path == "/geo") return shown(request.format, provider_.status(), geo_json, geo_text);
  if (path == "/tunnels" && request.format == Format::text) {
    return {200, plain_text, tunnels_text(provider_.tunnels(most_tunnels))};
  }
  return answer_probe({provider_, request.target, Audience::owner});
}

Answer ControlApi::show_policy(Format format) const {
  const StatusSnapshot status = provider_.status();  // keeps the policy
  const policy::PolicyTexts& policy = policy_of(status.snapshot);
  const auto audited = provider_.audited ? provider_.audited() : std::vector<std::string>();
  return format == Format::json ? Answer(200, json_text, policy_json(policy, audited, status.budgets))
                                : Answer(200, plain_text, policy_text(policy, audited, status.budgets));
}

void ControlApi::change_policy(std::string_view body, Format format, Done done) const {
  auto edit = read_policy_edit(body);
  if (!edit) return done(bad_request(edit.error(), format));
  commands_.change(std::move(*edit), [format, done = std::move(done)](const config::ChangeResult& result) {
    if (!result) return done(error_answer(result.error(), format));
    done(format == Format::json ? Answer(200, json_text, policy_json(policy_of(result->snapshot), {}))
                                : Answer(200, plain_text, policy_change_text(*result)));
  });
}

void ControlApi::run_command(const Request& request, std::string_view path, Done done) const {
  const Format format = request.format;
  if (path == "/rules") return change(read_rule_edit(request.body), format, std::move(done));
  if (path == "/policy") return change_policy(request.body, format, std::move(done));
  if (path == "/geo") return change(read_geo_edit(request.body), format, std::move(done));
  if (path == "/rotate") return change(read_session_edit(request.body), format, std::move(done));
  if (path == "/refresh") return refresh(format, std::move(done));
  if (path == "/blocked") return report_block(request.body, format, std::move(done));
  if (path == "/forget") return forget(request.body, format, std::move(done));
  if (path != "/stop") return done(wrong_method("GET", format));
  commands_.stop();
  done(format == Format::json ? Answer(202, json_text, "{\"stopping\":true}\n")
                              : line(202, "the proxy is stopping"));
}

void ControlApi::refresh(Format format, Done done) const {
  const auto known = provider_.status().snapshot;
  const std::uint64_t before = known ? known->version : 0;
  commands_.refresh(
      [this, format, before, done = std::move(done)](const std::optional<config::ApiError>& error) {
        if (error) return done(error_answer(*error, format));
        const StatusSnapshot status = provider_.status();
        if (format == Format::json) return done(Answer(200, json_text, owner_json(status)));
        done(Answer(200, plain_text, refreshed_text(before, *status.snapshot)));
      });
}

void ControlApi::report_block(std::string_view body, Format format, Done done) const {
  auto report = read_block_report(body);
  if (!report) return done(bad_request(report.error(), format));
  commands_.report_block(
      *report, [format, report = *report, done = std::move(done)](const BlockReceipt& receipt) {
        done(format == Format::json ? Answer(200, json_text, block_receipt_json(report, receipt))
                                    : Answer(200, plain_text, block_receipt_text(report, receipt)));
      });
}

void ControlApi::forget(std::string_view body, Format format, Done done) const {
  const auto hosts = read_forget(body);
  if (!hosts) return done(bad_request(hosts.error(), format));
  if (!commands_.forget) return done(bad_request("this proxy learns no hosts (option auto)", format));
  commands_.forget(*hosts, [format, done = std::move(done)](const ForgetResult& result) {
    if (!result) return done(bad_request(result.error(), format));
    done(format == Format::json
             ? Answer(200, json_text, fmt::format("{{\"forgotten\":{}}}\n", *result))
             : line(200, fmt::format("Forgot {}. In force now.", counted(*result, "host"))));
  });
}

Answer ControlApi::show_rules(Format format) const {
  const StatusSnapshot status = provider_.status();
  const auto learned = provider_.learned ? provider_.learned() : std::vector<learn::HostState>();
  return format == Format::json ? Answer(200, json_text, rules_json(status, learned))
                                : Answer(200, plain_text, rules_text(status, learned));
}

void ControlApi::change(Result<config::Edit, std::string> edit, Format format, Done done) const {
  if (!edit) return done(bad_request(edit.error(), format));
  ChangeReport report(*edit);
  commands_.change(std::move(*edit), [format, report = std::move(report),
                                      done = std::move(done)](const config::ChangeResult& result) {
    if (!result) return done(error_answer(result.error(), format));
    done(format == Format::json ? Answer(200, json_text, changed_json(*result))
                                : Answer(200, plain_text, report.text(*result)));
  });
}

}  // namespace aluvia::admin
