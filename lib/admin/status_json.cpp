#include "admin/status_json.hpp"

#include "admin/budget_rows.hpp"
#include "admin/policy_view.hpp"
#include "admin/readiness.hpp"
#include "admin/seconds.hpp"
#include "base/json_writer.hpp"

namespace aluvia::admin {
namespace {

std::optional<double> milliseconds(const std::optional<std::chrono::microseconds>& time) {
  return time ? std::optional(seconds(*time) * 1000) : std::nullopt;
}

void write_configuration(JsonWriter& out, const StatusSnapshot& status, Audience audience) {
  const config::UserNetworkConfig& config = *status.snapshot;
  out.begin_object("configuration");
  out.number("version", config.version);
  out.decimal_or_null("age_s", seconds_since(status.api.fetched_at, status.now));
  out.decimal_or_null("confirmed_age_s", seconds_since(status.api.confirmed_at, status.now));
  out.yes_or_no("from_cache", status.api.from_cache);
  if (status.api.from_cache) {
    out.decimal_or_null("cache_age_s", seconds_since(status.api.cached_at, status.now));
  }
  out.number("rules", config.rule_count());
  out.number("local_rules", config.local_rules.size());
  out.yes_or_no("has_session", config.session_id.has_value());
  if (audience == Audience::owner) out.text_or_null("session_id", config.session_id);
  out.text_or_null("target_geo", config.target_geo);
  if (audience == Audience::owner) out.texts("warnings", config.warnings);
  out.end_object();
}

void write_api(JsonWriter& out, const StatusSnapshot& status, Audience audience) {
  const config::ControlStatus& api = status.api;
  out.begin_object("api");
  out.decimal_or_null("last_poll_age_s", seconds_since(api.last_poll_at, status.now));
  out.decimal_or_null("next_poll_in_s", seconds_until(api.next_poll_at, status.now));
  out.number("failures_in_row", api.failures_in_row);
  out.text("trouble", config::trouble(api));
  if (const auto& error = api.error) {
    if (error->status) out.number("http_status", static_cast<std::uint64_t>(*error->status));
    if (audience == Audience::owner) {
      out.text_if_any("reason", error->message);
      out.text_if_any("claim_url", error->claim_url);
    }
  }
  out.end_object();
}

void write_gateway(JsonWriter& out, const StatusSnapshot& status, Audience audience) {
  const config::GatewayEndpoint& gateway = status.snapshot->gateway;
  out.begin_object("gateway");
  out.text("protocol", gateway.protocol == config::GatewayProtocol::https ? "https" : "http");
  out.text("host", gateway.host);
  out.number("port", gateway.port);
  out.yes_or_no("ok", status.gateway.ok);
  out.text("circuit", status.gateway.ok ? "closed" : "open");
  out.number("warm_connections", status.gateway.warm);
  out.text("early_connect", status.gateway.early_connect);
  out.number("known_hosts", status.gateway.known_hosts);
  out.decimal_or_null("connect_ms", milliseconds(status.gateway.connect_time));
  if (!status.gateway.ok) {
    out.decimal("failing_s", seconds(status.gateway.failing_for));
    if (audience == Audience::owner) out.text("reason", status.gateway.reason);
  }
  out.end_object();
}

void write_policy(JsonWriter& out, const StatusSnapshot& status) {
  const policy::PolicyTexts& policy = policy_of(status.snapshot);
  out.begin_object("policy");
  out.number("block", policy.block.size());
  out.number("only", policy.only.size());
  out.yes_or_no("only_audit", policy.audits_only);
  out.number("blocked", status.requests.actions(policy::Action::block));
  out.number("audited", status.requests.actions(policy::Action::audit));
  out.end_object();
}

void write_auto(JsonWriter& out, const StatusSnapshot& status) {
  out.begin_object("auto");
  out.text("mode", learn::name(status.learning.mode));
  out.yes_or_no("in_rules", status.snapshot->rules.takes_auto());
  out.number("learned", status.learning.learned);
  out.number("suggested", status.learning.suggested);
  out.end_object();
}

void write_route(JsonWriter& out, rules::Route route, const telemetry::Counters& counters) {
  const telemetry::RouteTraffic& traffic = counters.of(route);
  out.begin_object(rules::name(route));
  out.number("requests", traffic.requests);
  out.number("tunnels", traffic.tunnels);
  out.number("failures", traffic.failures);
  out.number("block_reports", traffic.block_reports);
  out.number("bytes_up", traffic.bytes_up);
  out.number("bytes_down", traffic.bytes_down);
  out.end_object();
}

void write_traffic(JsonWriter& out, const StatusSnapshot& status) {
  out.begin_object("traffic");
  write_route(out, rules::Route::gateway, status.traffic);
  write_route(out, rules::Route::direct, status.traffic);
  out.number("connections", status.traffic.connections);
  out.number("refused", status.traffic.refused);
  out.number("unauthorized", status.traffic.unauthorized);
  out.number("turned_away", status.traffic.turned_away);
  out.number("open_connections", status.open_connections);
  out.number("open_tunnels", status.open_tunnels);
  out.end_object();
}

}  // namespace

SecretString status_json(const StatusSnapshot& status, Audience audience) {
  JsonWriter out;
  const auto reasons = reasons_not_ready(status, audience);
  out.begin_object();
  out.yes_or_no("ready", reasons.empty());
  out.texts("reasons", reasons);
  out.text("url", status.url);
  out.number("pid", static_cast<std::uint64_t>(status.pid));
  out.text("program_version", ALUVIA_VERSION);
  out.text("page", status.url + '/');
  // Commands that were started with another XDG_RUNTIME_DIR find the socket by this path.
  out.text_if_any("control_socket", status.control_socket);
  if (audience == Audience::owner) {
    out.text_if_any("command", status.command);
    out.text_if_any("directory", status.directory);
  }
  out.decimal("uptime_s", seconds(status.now - status.started_at));
  if (status.snapshot) {
    write_configuration(out, status, audience);
    write_gateway(out, status, audience);
    write_policy(out, status);
    write_budgets(out, audience == Audience::owner ? status.budgets : without_hosts(status.budgets));
    write_auto(out, status);
  }
  write_api(out, status, audience);
  write_traffic(out, status);
  out.text_if_any("next", next_step(status, audience));
  out.end_object();
  return out.take_line();
}

SecretString tunnels_json(const telemetry::TunnelViews& views) {
  JsonWriter out;
  out.begin_object();
  out.number("open", views.open);
  out.begin_list("tunnels");
  for (const telemetry::TunnelView& tunnel : views.tunnels) {
    out.begin_object();
    out.text("host", tunnel.host);
    out.text("route", rules::name(tunnel.route));
    out.text("rule", tunnel.why);
    out.number("configuration", tunnel.version);
    out.decimal("age_s", seconds(tunnel.age));
    out.decimal("idle_s", seconds(tunnel.idle));
    out.number("bytes_up", tunnel.bytes_up);
    out.number("bytes_down", tunnel.bytes_down);
    out.end_object();
  }
  out.end_list();
  out.end_object();
  return out.take_line();
}

}  // namespace aluvia::admin
