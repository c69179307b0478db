#include "admin/status_text.hpp"

#include "admin/budget_rows.hpp"
#include "admin/policy_view.hpp"
#include "admin/readiness.hpp"
#include "admin/seconds.hpp"
#include "base/counted.hpp"
#include "base/visible.hpp"

#include <array>
#include <ctime>
#include <vector>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

std::string age(const std::optional<Time>& then, Time now) {
  const auto seconds = seconds_since(then, now);
  return seconds ? human_seconds(*seconds) + " ago" : "never";
}

std::string configuration_line(const StatusSnapshot& status) {
  const config::UserNetworkConfig& config = *status.snapshot;
  std::string out = fmt::format("version {}, {}", config.version, counted(config.rule_count(), "rule"));
  if (!config.local_rules.empty()) out += fmt::format(" ({} of them local)", config.local_rules.size());
  if (status.api.from_cache)
    return out + fmt::format(", from the cache of {}", age(status.api.cached_at, status.now));
  return out + fmt::format(", from {}", age(status.api.fetched_at, status.now));
}

std::string api_line(const StatusSnapshot& status, Audience audience) {
  const config::ControlStatus& api = status.api;
  std::string out = fmt::format("last asked {}", age(api.last_poll_at, status.now));
  if (const auto next = seconds_until(api.next_poll_at, status.now))
    out += fmt::format(", next poll in {}", human_seconds(*next));
  if (api.failures_in_row == 0) return out;
  out += fmt::format(", {} failed in a row", api.failures_in_row);
  return audience == Audience::owner && api.error ? out + ": " + api.error->message
                                                  : out + fmt::format(" ({})", config::trouble(api));
}

std::string gateway_line(const StatusSnapshot& status, Audience audience) {
  const config::GatewayEndpoint& gateway = status.snapshot->gateway;
  const bool is_https = gateway.protocol == config::GatewayProtocol::https;
  std::string out = fmt::format("{}://{}:{}", is_https ? "https" : "http", gateway.host, gateway.port);
  if (status.gateway.ok) return out;
  out += fmt::format(", failing for {}", human_seconds(seconds(status.gateway.failing_for)));
  return audience == Audience::owner ? out + ": " + status.gateway.reason : out;
}

std::uint64_t requests(const telemetry::RouteTraffic& traffic) {
  return traffic.requests + traffic.tunnels;
}

std::string time_of_day(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string traffic_line(const telemetry::RouteTraffic& traffic) {
  return fmt::format("{}, {}, {} up, {} down, {} failed", counted(traffic.requests, "request"),
                     counted(traffic.tunnels, "tunnel"), telemetry::human_bytes(traffic.bytes_up),
                     telemetry::human_bytes(traffic.bytes_down), traffic.failures);
}

std::string up_line(const StatusSnapshot& status) {
  return fmt::format("{}, process {}", human_seconds(seconds(status.now - status.started_at)), status.pid);
}

std::string row(std::string_view name, const std::string& value) {
  return fmt::format("{:<16}{}\n", name, visible(value));
}

// The session id is the owner's: it names the gateway session in the account.
std::string snapshot_rows(const StatusSnapshot& status, Audience audience) {
  const config::UserNetworkConfig& config = *status.snapshot;
  std::string out = row("configuration", configuration_line(status));
  if (audience == Audience::owner) {
    for (const std::string& warning : config.warnings) out += row("warning", warning);
  }
  out += row("gateway", gateway_line(status, audience));
  if (audience == Audience::owner) out += row("session", config.session_id.value_or("none"));
  out += row("geo", config.target_geo.value_or("none"));
  const auto budgets = audience == Audience::owner ? status.budgets : without_hosts(status.budgets);
  for (const budget::BudgetView& budget : budgets) out += row("budget", budget_line(budget));
  if (status.learning.mode != learn::Mode::off)
    out += row("AUTO", auto_summary(status.learning, config.rules.takes_auto()));
  const policy::PolicyTexts& policy = policy_of(status.snapshot);
  if (policy.empty()) return out;
  const std::string counts =
      fmt::format("; {} blocked, {} audited", status.requests.actions(policy::Action::block),
                  status.requests.actions(policy::Action::audit));
  return out + row("policy", policy_summary(policy) + counts);
}

using TunnelRow = std::array<std::string, 6>;

// Without the idle time, for which a terminal of 80 columns has no space; tunnels_json() has it.
TunnelRow tunnel_row(const telemetry::TunnelView& tunnel) {
  return {visible(tunnel.host),
          std::string(rules::name(tunnel.route)),
          human_seconds(seconds(tunnel.age)),
          telemetry::human_bytes(tunnel.bytes_up),
          telemetry::human_bytes(tunnel.bytes_down),
          visible(tunnel.why)};
}

}  // namespace

std::string human_seconds(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {} h", whole / 86400, whole / 3600 % 24);
}

std::string status_text(const StatusSnapshot& status, Audience audience) {
  const auto reasons = reasons_not_ready(status, audience);
  std::string out = row("proxy", status.url);
  out += row("ready", reasons.empty() ? "yes" : "no: " + fmt::format("{}", fmt::join(reasons, "; ")));
  out += row("page", status.url + '/');
  if (status.snapshot) out += snapshot_rows(status, audience);
  out += row("API", api_line(status, audience));
  out += row("to the gateway", traffic_line(status.traffic.of(rules::Route::gateway)));
  out += row("direct", traffic_line(status.traffic.of(rules::Route::direct)));
  out += row("open now", fmt::format("{}, {}", counted(status.open_connections, "connection"),
                                     counted(status.open_tunnels, "tunnel")));
  out += row("up for", up_line(status));
  if (audience == Audience::owner && !status.command.empty()) out += row("command", status.command);
  if (audience == Audience::owner && !status.directory.empty()) out += row("directory", status.directory);
  if (const auto next = next_step(status, audience); !next.empty()) out += row("next", next);
  return out;
}

std::string status_line(const StatusSnapshot& status) {
  const auto reasons = reasons_not_ready(status, Audience::owner);
  const bool is_wrong = !reasons.empty() && !status.stopping;
  std::string out = status.stopping ? "stopping" : reasons.empty() ? "ready" : "not ready";
  if (is_wrong) out += fmt::format(" ({})", fmt::join(reasons, "; "));
  out += fmt::format(": {}, {} direct and {} gateway requests",
                     counted(status.snapshot ? status.snapshot->rule_count() : 0, "rule"),
                     requests(status.traffic.of(rules::Route::direct)),
                     requests(status.traffic.of(rules::Route::gateway)));
  if (status.stopping)
    out += ", " + counted(status.open_connections + status.open_tunnels, "open connection");
  if (status.api.last_poll_at)
    out += fmt::format(", last poll at {} UTC", time_of_day(*status.api.last_poll_at));
  if (status.api.error && !is_wrong) out += " failed: " + status.api.error->message;
  return visible(out);
}

std::string tunnels_text(const telemetry::TunnelViews& views) {
  if (views.open == 0) return "no tunnel is open\n";
  std::vector<TunnelRow> rows{{"host", "route", "age", "up", "down", "rule"}};
  for (const telemetry::TunnelView& tunnel : views.tunnels) rows.push_back(tunnel_row(tunnel));
  TunnelRow widest;
  for (const TunnelRow& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      if (row[i].size() > widest[i].size()) widest[i] = row[i];
  }
  std::string out;
  for (const TunnelRow& row : rows)
    out += fmt::format("{:<{}}  {:<{}}  {:>{}}  {:>{}}  {:>{}}  {}\n", row[0], widest[0].size(), row[1],
                       widest[1].size(), row[2], widest[2].size(), row[3], widest[3].size(), row[4],
                       widest[4].size(), row[5]);
  const std::size_t hidden = views.open - views.tunnels.size();
  return hidden == 0 ? out : out + fmt::format("and {} more\n", hidden);
}

}  // namespace aluvia::admin
