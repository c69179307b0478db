#include "admin/host_series.hpp"

#include <string>
#include <string_view>

namespace aluvia::admin {
namespace {

using ledger::Sums;

// Escapes a label's value by the text format. A canonical host has nothing to escape; the format has to hold
// whatever the ledger counts.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string_view("\\n") : std::string_view(&c, 1);
  }
  return out;
}

template <class Value>
void add(MetricsText& out, std::string_view name, std::string_view help,
         std::span<const ledger::UsageRow> hosts, Value value) {
  out.begin(name, "counter", help);
  for (const ledger::UsageRow& host : hosts) {
    for (const rules::Route route : {rules::Route::gateway, rules::Route::direct}) {
      const Sums& sums = host.of(route);
      if (sums == Sums{}) continue;
      out.sample(fmt::format("host=\"{}\",route=\"{}\"", escaped(host.name), rules::name(route)),
                 value(sums));
    }
  }
}

}  // namespace

void add_host_series(MetricsText& out, std::span<const ledger::UsageRow> hosts) {
  if (hosts.empty()) return;
  add(out, "aluvia_connect_host_requests_total", "Requests and tunnels of a host that have ended.", hosts,
      [](const Sums& sums) { return sums.requests + sums.tunnels; });
  add(out, "aluvia_connect_host_failures_total", "Requests of a host that failed.", hosts,
      [](const Sums& sums) { return sums.failures; });
  add(out, "aluvia_connect_host_sent_bytes_total", "Bytes written to the upstreams of a host.", hosts,
      [](const Sums& sums) { return sums.bytes_up; });
  add(out, "aluvia_connect_host_received_bytes_total", "Bytes received from the upstreams of a host.", hosts,
      [](const Sums& sums) { return sums.bytes_down; });
}

}  // namespace aluvia::admin
