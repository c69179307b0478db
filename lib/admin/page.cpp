#include "admin/page.hpp"

#include "admin/budget_rows.hpp"
#include "admin/policy_view.hpp"
#include "admin/readiness.hpp"
#include "admin/seconds.hpp"
#include "admin/status_text.hpp"
#include "admin/web_files.hpp"
#include "base/counted.hpp"
#include "base/visible.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

constexpr std::size_t most_rules = 100;  // an account may have 100,000

// Text of the API, of clients and of sites, as the content of an element.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view authority_of(const std::string& url) {
  return std::string_view(url).substr(url.find("//") + 2);
}

std::string section(std::string_view id, std::string_view title, std::string_view content) {
  return fmt::format(
      "<section aria-labelledby=\"still-{0}\">\n<h2 id=\"still-{0}\">{1}</h2>\n{2}</section>\n", id, title,
      content);
}

std::string fact(std::string_view name, std::string_view value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, escaped(value));
}

std::string ago(const std::optional<Time>& then, Time now) {
  const auto seconds = seconds_since(then, now);
  return seconds ? human_seconds(*seconds) + " ago" : "never";
}

std::string header(const StatusSnapshot& status, const std::vector<std::string>& reasons) {
  const std::string_view word = reasons.empty() ? "ready" : status.stopping ? "stopping" : "not ready";
  std::string out = fmt::format(
      "<header>\n<h1>aluvia-connect</h1>\n<p class=\"dim\">{}</p>\n<p class=\"state {}\">{}</p>\n"
      "<p class=\"line\">Set <code>{}</code> as the proxy of your browser or HTTP client.</p>\n",
      ALUVIA_VERSION, reasons.empty() ? "good" : "bad", word, escaped(status.url));
  out += "<div id=\"reasons\">\n";
  for (const std::string& reason : reasons)
    out += fmt::format("<p class=\"line bad\">{}</p>\n", escaped(reason));
  if (const auto next = next_step(status, Audience::anyone); !next.empty())
    out += fmt::format("<p class=\"line\">Next: {}</p>\n", escaped(next));
  return out + "</div>\n</header>\n";
}

std::string gateway_fact(const StatusSnapshot& status) {
  const config::GatewayEndpoint& gateway = status.snapshot->gateway;
  const bool is_tls = gateway.protocol == config::GatewayProtocol::https;
  const std::string state =
      status.gateway.ok ? "ok" : "failing for " + human_seconds(seconds(status.gateway.failing_for));
  return fact("Gateway",
              fmt::format("{}://{}:{}, {}", is_tls ? "https" : "http", gateway.host, gateway.port, state));
}

std::string auto_fact(const StatusSnapshot& status) {
  if (status.learning.mode == learn::Mode::off) return {};
  return fact("AUTO", auto_summary(status.learning, status.snapshot->rules.takes_auto()));
}

std::string budget_facts(const StatusSnapshot& status) {
  std::string out;
  for (const budget::BudgetView& budget : status.budgets) out += fact("Budget", budget_line(budget));
  return out;
}

std::string account_facts(const StatusSnapshot& status) {
  const config::UserNetworkConfig& config = *status.snapshot;
  const bool is_cached = status.api.from_cache;
  const std::string age = ago(is_cached ? status.api.cached_at : status.api.fetched_at, status.now);
  // The session is the account's: only the owner sees which one.
  return gateway_fact(status) + fact("Session", config.session_id ? "set" : "none") +
         fact("Geo", config.target_geo.value_or("any")) +
         fact("Policy", policy_summary(policy_of(status.snapshot))) + budget_facts(status) +
         auto_fact(status) +
         fact("Configuration",
              fmt::format("version {}, {}{}", config.version, is_cached ? "cached " : "", age));
}

std::string api_fact(const StatusSnapshot& status) {
  std::string out = "asked " + ago(status.api.last_poll_at, status.now);
  if (const unsigned failures = status.api.failures_in_row; failures > 0)
    out += fmt::format(", {} failed in a row ({})", failures, config::trouble(status.api));
  return fact("API", out);
}

std::string state(const StatusSnapshot& status) {
  std::string out = "<dl>\n";
  if (status.snapshot) out += account_facts(status);
  out += api_fact(status);
  out += fact("Open now", fmt::format("{}, {}", counted(status.open_connections, "connection"),
                                      counted(status.open_tunnels, "tunnel")));
  out += fact("Up for", human_seconds(seconds(status.now - status.started_at)));
  return section("state", "State", out + "</dl>\n");
}

std::string cell(std::string_view column, std::string_view value) {
  return fmt::format("<td class=\"number\" data-label=\"{}\">{}</td>", column, value);
}

std::string traffic_row(const StatusSnapshot& status, rules::Route route) {
  const telemetry::RouteTraffic& traffic = status.traffic.of(route);
  return fmt::format("<tr><th scope=\"row\" class=\"{0}\">{0}</th>{1}{2}{3}{4}{5}</tr>\n", rules::name(route),
                     cell("requests", std::to_string(traffic.requests)),
                     cell("tunnels", std::to_string(traffic.tunnels)),
                     cell("failed", std::to_string(traffic.failures)),
                     cell("sent", telemetry::human_bytes(traffic.bytes_up)),
                     cell("received", telemetry::human_bytes(traffic.bytes_down)));
}

std::string traffic(const StatusSnapshot& status) {
  std::string out = "<table>\n<thead><tr><th scope=\"col\">route</th>";
  for (const std::string_view column : {"requests", "tunnels", "failed", "sent", "received"})
    out += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", column);
  out += "</tr></thead>\n<tbody>\n";
  for (const rules::Route route : {rules::Route::gateway, rules::Route::direct})
    out += traffic_row(status, route);
  return section("traffic", "Traffic", out + "</tbody>\n</table>\n");
}

std::string tunnel_row(const telemetry::TunnelView& tunnel) {
  return fmt::format(
      "<tr><th scope=\"row\">{0}</th><td data-label=\"route\" class=\"{1}\">{1}</td>"
      "<td data-label=\"rule\">{2}</td>{3}{4}{5}</tr>\n",
      escaped(tunnel.host), rules::name(tunnel.route), escaped(tunnel.why),
      cell("open for", human_seconds(seconds(tunnel.age))),
      cell("sent", telemetry::human_bytes(tunnel.bytes_up)),
      cell("received", telemetry::human_bytes(tunnel.bytes_down)));
}

std::string live(const telemetry::TunnelViews& views) {
  if (views.open == 0) return section("live", "Live", "<p class=\"dim\">No tunnel is open.</p>\n");
  std::string out =
      "<table>\n<thead><tr><th scope=\"col\">host</th><th scope=\"col\">route</th><th scope=\"col\">rule</th>"
      "<th scope=\"col\" class=\"number\">open for</th><th scope=\"col\" class=\"number\">sent</th>"
      "<th scope=\"col\" class=\"number\">received</th></tr></thead>\n<tbody>\n";
  for (const telemetry::TunnelView& tunnel : views.tunnels) out += tunnel_row(tunnel);
  out += "</tbody>\n</table>\n";
  if (const std::size_t hidden = views.open - views.tunnels.size(); hidden > 0)
    out += fmt::format("<p class=\"dim\">and {} more</p>\n", hidden);
  return section("live", "Live", out);
}

std::string rule_items(const std::vector<std::string>& texts, std::string_view note, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(most, texts.size()); ++i)
    out += fmt::format("<li><code>{}</code>{}</li>\n", escaped(texts[i]), note);
  return out;
}

std::string rules(const config::UserNetworkConfig& config) {
  const std::size_t count = config.local_rules.size() + config.rule_texts.size();
  if (count == 0) return section("rules", "Rules", "<p class=\"dim\">None: every host goes direct.</p>\n");
  const std::size_t local = std::min(config.local_rules.size(), most_rules);
  std::string out = "<ul>\n" + rule_items(config.local_rules, " <small>local</small>", local) +
                    rule_items(config.rule_texts, "", most_rules - local) + "</ul>\n";
  if (count > most_rules) out += fmt::format("<p class=\"dim\">and {} more</p>\n", count - most_rules);
  return section("rules", "Rules", out);
}

// Replaces each @name@ of the template once.
std::string filled(std::string_view text,
                   std::initializer_list<std::pair<std::string_view, std::string>> values) {
  std::string out;
  for (const auto& [name, value] : values) {
    const auto place = text.find(name);
    out.append(text.substr(0, place)).append(value);
    text.remove_prefix(place + name.size());
  }
  return out.append(text);
}

}  // namespace

std::string page(const StatusSnapshot& status, const telemetry::TunnelViews& tunnels) {
  const auto reasons = reasons_not_ready(status, Audience::anyone);
  std::string still = state(status) + live(tunnels) + traffic(status);
  if (status.snapshot) still += rules(*status.snapshot);
  const std::string authority = escaped(authority_of(status.url));
  return filled(web_text("page.html"), {{"@title@", "aluvia-connect " + authority},
                                        {"@authority@", authority},
                                        {"@header@", header(status, reasons)},
                                        {"@still@", std::move(still)}});
}

std::string proxy_pac(const StatusSnapshot& status) {
  return fmt::format(
      "function FindProxyForURL(url, host) {{\n"
      "  host = host.toLowerCase();\n"
      "  if (host === \"localhost\" || shExpMatch(host, \"*.localhost\") || shExpMatch(host, \"127.*\") ||\n"
      "      host === \"::1\" || host === \"[::1]\") return \"DIRECT\";\n"
      "  return \"PROXY {}\";\n"
      "}}\n",
      authority_of(status.url));
}

}  // namespace aluvia::admin
