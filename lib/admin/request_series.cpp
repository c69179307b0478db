#include "admin/request_series.hpp"

#include <array>

namespace aluvia::admin {
namespace {

using telemetry::RequestMetrics;
using telemetry::RouteMetrics;

constexpr std::array routes{rules::Route::gateway, rules::Route::direct};

std::string label(rules::Route route) {
  return fmt::format("route=\"{}\"", rules::name(route));
}

template <class Histogram>
void add_times(MetricsText& out, std::string_view name, std::string_view help, const RequestMetrics& requests,
               Histogram RouteMetrics::*member) {
  out.begin(name, "histogram", help);
  for (const auto route : routes) out.histogram(label(route), requests.of(route).*member);
}

void add_histograms(MetricsText& out, const RequestMetrics& requests) {
  add_times(out, "aluvia_connect_dns_seconds", "Look-ups of the upstream's name.", requests,
            &RouteMetrics::dns);
  add_times(out, "aluvia_connect_connect_seconds", "Connects to upstreams, with TLS to the gateway.",
            requests, &RouteMetrics::connect);
  out.begin("aluvia_connect_gateway_answer_seconds", "histogram",
            "From the CONNECT to the gateway to its answer.");
  out.histogram("", requests.of(rules::Route::gateway).gateway);
  add_times(out, "aluvia_connect_first_byte_seconds",
            "From the head of the request to the first byte from upstream.", requests,
            &RouteMetrics::first_byte);
  add_times(out, "aluvia_connect_request_duration_seconds", "Finished requests that became no tunnel.",
            requests, &RouteMetrics::duration);
  add_times(out, "aluvia_connect_tunnel_lifetime_seconds", "Tunnels that have ended.", requests,
            &RouteMetrics::tunnel);
}

void add_responses(MetricsText& out, const RequestMetrics& requests) {
  out.begin("aluvia_connect_responses_total", "counter",
            "Responses of finished requests by class of status, the proxy's own included.");
  for (unsigned hundreds = 1; hundreds <= 5; ++hundreds) {
    out.sample(fmt::format("class=\"{}xx\"", hundreds), requests.responses(hundreds));
  }
}

void add_actions(MetricsText& out, const RequestMetrics& requests) {
  using policy::Action;
  out.begin("aluvia_connect_actions_total", "counter",
            "Finished requests by action of the policy; refuse: rejected before a decision.");
  for (const Action action : {Action::forward, Action::audit, Action::block})
    out.sample(fmt::format("action=\"{}\"", policy::name(action)), requests.actions(action));
  out.sample("action=\"refuse\"", requests.undecided());
}

void add_errors(MetricsText& out, const RequestMetrics& requests) {
  out.begin("aluvia_connect_errors_total", "counter", "Failed requests by error type of RFC 9209.");
  for (std::size_t i = 0; i < telemetry::error_types.size(); ++i) {
    out.sample(fmt::format("error=\"{}\"", telemetry::error_types[i]), requests.errors(i));
  }
}

void add_tries(MetricsText& out, const RequestMetrics& requests) {
  out.begin("aluvia_connect_retries_total", "counter", "Tries of requests beyond their first.");
  for (const auto route : routes) out.sample(label(route), requests.of(route).retries);
  out.begin("aluvia_connect_upstream_requests_total", "counter",
            "Finished requests that got an upstream connection, by that of their last try.");
  for (const auto route : routes) {
    out.sample(label(route) + ",connection=\"new\"", requests.of(route).on_new);
    out.sample(label(route) + ",connection=\"reused\"", requests.of(route).on_reused);
  }
}

}  // namespace

void add_request_series(MetricsText& out, const RequestMetrics& requests) {
  add_histograms(out, requests);
  add_responses(out, requests);
  add_actions(out, requests);
  add_errors(out, requests);
  add_tries(out, requests);
}

}  // namespace aluvia::admin
