#include "admin/metrics.hpp"

#include "admin/readiness.hpp"
#include "admin/seconds.hpp"

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

using telemetry::RouteTraffic;

std::string header(std::string_view name, std::string_view type, std::string_view help) {
  return fmt::format("# HELP aluvia_connect_{} {}\n# TYPE aluvia_connect_{} {}\n", name, help, name, type);
}

template <class Number>
std::string one(std::string_view name, std::string_view type, std::string_view help, Number value) {
  return header(name, type, help) + fmt::format("aluvia_connect_{} {}\n", name, value);
}

std::string per_route(std::string_view name, std::string_view help, const telemetry::Counters& counters,
                      std::uint64_t RouteTraffic::*member) {
  std::string out = header(name, "counter", help);
  for (const rules::Route route : {rules::Route::gateway, rules::Route::direct}) {
    out += fmt::format("aluvia_connect_{}{{route=\"{}\"}} {}\n", name, rules::name(route),
                       counters.of(route).*member);
  }
  return out;
}

std::string traffic(const telemetry::Counters& counters) {
  return per_route("requests_total", "Plain HTTP exchanges answered by the upstream.", counters,
                   &RouteTraffic::requests) +
         per_route("tunnels_total", "Tunnels opened.", counters, &RouteTraffic::tunnels) +
         per_route("failures_total", "Requests answered by the proxy itself.", counters,
                   &RouteTraffic::failures) +
         per_route("block_reports_total", "Reports of clients that a site blocked them.", counters,
                   &RouteTraffic::block_reports) +
         per_route("sent_bytes_total", "Bytes written to upstreams.", counters, &RouteTraffic::bytes_up) +
         per_route("received_bytes_total", "Bytes received from upstreams.", counters,
                   &RouteTraffic::bytes_down) +
         one("connections_total", "counter", "Client connections accepted.", counters.connections) +
         one("tunnels_rerouted_total", "counter", "Tunnels ended because new rules send them another way.",
             counters.tunnels_rerouted) +
         one("tunnels_renewed_total", "counter", "Tunnels ended because of new credentials, session or geo.",
             counters.tunnels_renewed) +
         one("refused_total", "counter", "Malformed or unacceptable requests.", counters.refused) +
         one("unauthorized_total", "counter", "Requests without the credentials that the proxy requires.",
             counters.unauthorized) +
         one("turned_away_total", "counter", "Connections from addresses that may not use the proxy.",
             counters.turned_away);
}

}  // namespace

std::string metrics(const StatusSnapshot& status) {
  const bool ready = reasons_not_ready(status, Audience::anyone).empty();
  std::string out = header("info", "gauge", "Version of the program.") +
                    fmt::format("aluvia_connect_info{{version=\"{}\"}} 1\n", ALUVIA_VERSION);
  out += traffic(status.traffic);
  out += one("open_connections", "gauge", "Client connections that are no tunnels.", status.open_connections);
  out += one("open_tunnels", "gauge", "Tunnels.", status.open_tunnels);
  out += one("ready", "gauge", "1 where the proxy is ready.", ready ? 1 : 0);
  out += one("gateway_ok", "gauge", "0 where the gateway is known not to answer.", status.gateway.ok ? 1 : 0);
  out += one("configuration_version", "gauge", "Of the configuration in use; 0: there is none.",
             status.snapshot ? status.snapshot->version : 0);
  if (const auto age = seconds_since(status.api.confirmed_at, status.now)) {
    out +=
        one("configuration_confirmed_age_seconds", "gauge", "Since the API said that it is the one.", *age);
  }
  out += one("api_failures_in_row", "gauge", "Calls to the API that failed since the last good one.",
             status.api.failures_in_row);
  out += one("start_time_seconds", "gauge", "When the proxy was started, Unix time.",
             seconds(status.started_at.time_since_epoch()));
  return out;
}

}  // namespace aluvia::admin
