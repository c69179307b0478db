#include "admin/metrics.hpp"

#include "admin/budget_rows.hpp"
#include "admin/host_series.hpp"
#include "admin/metrics_text.hpp"
#include "admin/policy_view.hpp"
#include "admin/readiness.hpp"
#include "admin/request_series.hpp"
#include "admin/seconds.hpp"
#include "base/visible.hpp"

#include <initializer_list>
#include <utility>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

using telemetry::RouteTraffic;

// The series that bear the program's name.
class Series {
 public:
  explicit Series(MetricsText& out) : out_(out) {}

  void version(std::string_view name) {
    begin(name, "gauge", "Version of the program.");
    out_.sample("version=\"" ALUVIA_VERSION "\"", 1);
  }

  template <class Number>
  void counter(std::string_view name, std::string_view help, Number value) {
    begin(name, "counter", help);
    out_.sample(value);
  }

  template <class Number>
  void gauge(std::string_view name, std::string_view help, Number value) {
    begin(name, "gauge", help);
    out_.sample(value);
  }

  /// Counters by one label; `values` are pairs of its value and a number.
  void by_label(std::string_view name, std::string_view help, std::string_view label,
                std::initializer_list<std::pair<std::string_view, std::uint64_t>> values) {
    begin(name, "counter", help);
    for (const auto& [value, number] : values) out_.sample(fmt::format("{}=\"{}\"", label, value), number);
  }

  template <class Histogram>
  void histogram(std::string_view name, std::string_view help, const Histogram& values) {
    begin(name, "histogram", help);
    out_.histogram("", values);
  }

  void tunnel_ends(const telemetry::Counters& counters) {
    begin("tunnels_ended_total", "counter", "Tunnels that have ended, by reason.");
    for (std::size_t i = 0; i < counters.tunnels_ended.size(); ++i)
      out_.sample(fmt::format("reason=\"{}\"", telemetry::tunnel_end_names[i]), counters.tunnels_ended[i]);
  }

  void budgets(std::string_view name, std::string_view help, const StatusSnapshot& status,
               std::uint64_t budget::BudgetView::*value) {
    if (status.budgets.empty()) return;
    begin(name, "gauge", help);
    for (const auto& budget : without_hosts(status.budgets))
      out_.sample(fmt::format("budget=\"{}\"", visible(budget.text)), budget.*value);
  }

  void per_route(std::string_view name, std::string_view help, const telemetry::Counters& counters,
                 std::uint64_t RouteTraffic::*member) {
    begin(name, "counter", help);
    for (const rules::Route route : {rules::Route::gateway, rules::Route::direct}) {
      out_.sample(fmt::format("route=\"{}\"", rules::name(route)), counters.of(route).*member);
    }
  }

 private:
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = fmt::format("aluvia_connect_{}", name);
    out_.begin(name_, type, help);
  }

  MetricsText& out_;
  std::string name_;  // out_ refers to it
};

void add_traffic(Series& out, const telemetry::Counters& counters) {
  out.per_route("requests_total", "Plain HTTP exchanges answered by the upstream.", counters,
                &RouteTraffic::requests);
  out.per_route("tunnels_total", "Tunnels opened.", counters, &RouteTraffic::tunnels);
  out.per_route("failures_total", "Requests answered by the proxy itself.", counters,
                &RouteTraffic::failures);
  out.per_route("block_reports_total", "Reports of clients that a site blocked them.", counters,
                &RouteTraffic::block_reports);
  out.per_route("sent_bytes_total", "Bytes written to upstreams.", counters, &RouteTraffic::bytes_up);
  out.per_route("received_bytes_total", "Bytes received from upstreams.", counters,
                &RouteTraffic::bytes_down);
  out.counter("connections_total", "Client connections accepted.", counters.connections);
  out.counter("tunnels_rerouted_total", "Tunnels ended because new rules send them another way.",
              counters.tunnels_rerouted);
  out.counter("tunnels_renewed_total", "Tunnels ended because of new credentials, session or geo.",
              counters.tunnels_renewed);
  out.counter("refused_total", "Malformed or unacceptable requests.", counters.refused);
  out.counter("unauthorized_total", "Requests without the credentials that the proxy requires.",
              counters.unauthorized);
  out.counter("turned_away_total", "Connections from addresses that may not use the proxy.",
              counters.turned_away);
}

void add_gateway_events(Series& out, const telemetry::GatewayEvents& gateway) {
  out.by_label("warm_requests_total", "Requests for a warm connection to the gateway.", "result",
               {{"hit", gateway.warm_hits}, {"miss", gateway.warm_misses}});
  out.by_label("circuit_changes_total", "Changes of the circuit breaker of the gateway.", "to",
               {{"open", gateway.circuit_opened}, {"closed", gateway.circuit_closed}});
}

void add_polls(Series& out, const telemetry::PollMetrics& polls) {
  out.by_label("polls_total", "Fetches of the configuration by result.", "result",
               {{"changed", polls.changed}, {"unchanged", polls.unchanged}, {"failed", polls.failed}});
  out.histogram("api_poll_seconds", "Fetches of the configuration, with the connect to the API.",
                polls.duration);
}

void add_configuration(Series& out, const StatusSnapshot& status) {
  out.gauge("configuration_version", "Of the configuration in use; 0: there is none.",
            status.snapshot ? status.snapshot->version : 0);
  out.gauge("rules", "Rules in use.", status.snapshot ? status.snapshot->rule_count() : 0);
  const policy::PolicyTexts& policy = policy_of(status.snapshot);
  out.gauge("policy_block_patterns", "Patterns that the policy blocks.", policy.block.size());
  out.gauge("policy_only_patterns", "Patterns of the allow-list.", policy.only.size());
  out.budgets("budget_limit_bytes", "Gateway bytes that a budget allows in its period.", status,
              &budget::BudgetView::limit);
  out.budgets("budget_spent_bytes", "Gateway bytes that count in a budget in this period.", status,
              &budget::BudgetView::spent);
  out.budgets("budget_left_bytes", "Gateway bytes that are left of a budget in this period.", status,
              &budget::BudgetView::left);
  out.gauge("auto_learned_hosts", "Hosts that AUTO has learned, which take the gateway.",
            status.learning.learned);
  out.gauge("auto_suggested_hosts", "Hosts that AUTO suggests.", status.learning.suggested);
  if (const auto age = seconds_since(status.api.confirmed_at, status.now)) {
    out.gauge("configuration_confirmed_age_seconds", "Since the API said that it is the one.", *age);
    out.gauge("last_successful_poll_timestamp_seconds", "End of the last good call to the API, Unix time.",
              seconds(status.api.confirmed_at->time_since_epoch()));
  }
  out.gauge("api_failures_in_row", "Calls to the API that failed since the last good one.",
            status.api.failures_in_row);
}

void add_state(Series& out, const StatusSnapshot& status) {
  const bool ready = reasons_not_ready(status, Audience::anyone).empty();
  out.gauge("open_connections", "Client connections that are no tunnels.", status.open_connections);
  out.gauge("open_tunnels", "Tunnels.", status.open_tunnels);
  out.gauge("ready", "1 where the proxy is ready.", ready ? 1 : 0);
  out.gauge("gateway_ok", "0 where the gateway is known not to answer.", status.gateway.ok ? 1 : 0);
  out.gauge("warm_connections", "Connections to the gateway that are open ahead of need.",
            status.gateway.warm);
  add_configuration(out, status);
  out.gauge("start_time_seconds", "When the proxy was started, Unix time.",
            seconds(status.started_at.time_since_epoch()));
}

}  // namespace

std::string metrics(const StatusSnapshot& status, const ProcessUsage& process,
                    std::span<const ledger::UsageRow> hosts) {
  MetricsText text;
  Series series(text);
  series.version("info");
  series.version("build_info");
  add_traffic(series, status.traffic);
  series.tunnel_ends(status.traffic);
  add_gateway_events(series, status.traffic.gateway);
  add_request_series(text, status.requests);
  add_host_series(text, hosts);
  add_polls(series, status.polls);
  add_state(series, status);
  add_process_series(text, process);
  return std::move(text).take();
}

}  // namespace aluvia::admin
