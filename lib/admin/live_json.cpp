#include "admin/live_json.hpp"

#include "admin/seconds.hpp"

#include <algorithm>
#include <string_view>

namespace aluvia::admin {
namespace {

using telemetry::RequestRecord;

std::string_view name_of(RequestRecord::Outcome outcome) {
  switch (outcome) {
    case RequestRecord::Outcome::failed:
      return "failed";
    case RequestRecord::Outcome::aborted:
      return "aborted";
    case RequestRecord::Outcome::completed:
      break;
  }
  return "completed";
}

double milliseconds(RequestRecord::Time time) {
  return seconds(time) * 1000;
}

void write_step(JsonWriter& out, std::string_view name, const std::optional<RequestRecord::Time>& time) {
  if (time) out.decimal(name, milliseconds(*time));
}

}  // namespace

void write_request(JsonWriter& out, std::uint64_t sequence, const RequestRecord& record) {
  out.begin_object();
  out.number("seq", sequence);
  out.text("id", to_text(record.id));
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(record.begin.time_since_epoch());
  out.number("time_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch.count(), 0)));
  out.text("outcome", name_of(record.outcome));
  out.yes_or_no("tunnel", record.is_tunnel);
  out.text_if_any("client", record.client);
  out.text_if_any("method", record.method);
  out.text_if_any("host", record.host);
  if (record.port != 0) out.number("port", record.port);
  out.text("action", action_name(record));
  if (record.route) out.text("route", rules::name(*record.route));
  out.text_if_any("rule", record.rule);
  if (record.status != 0) out.number("status", static_cast<std::uint64_t>(record.status));
  out.text_if_any("error", record.error);
  out.text_if_any("reason", record.reason);
  out.number("tries", record.tries);
  out.yes_or_no("reused", record.is_reused);
  write_step(out, "dns_ms", record.dns);
  write_step(out, "connect_ms", record.connect);
  write_step(out, "gateway_ms", record.gateway);
  write_step(out, "first_byte_ms", record.first_byte);
  out.decimal("duration_ms", milliseconds(record.duration));
  out.number("bytes_up", record.bytes_up);
  out.number("bytes_down", record.bytes_down);
  out.end_object();
}

void write_tunnel_groups(JsonWriter& out, const telemetry::TunnelGroups& tunnels) {
  out.begin_object("tunnels");
  out.number("open", tunnels.open);
  out.number("hidden", tunnels.hidden);
  out.begin_list("groups");
  for (const telemetry::TunnelGroup& group : tunnels.groups) {
    out.begin_object();
    out.text("host", group.host);
    out.number("port", group.port);
    out.text("route", rules::name(group.route));
    out.text("rule", group.rule);
    out.number("count", group.count);
    out.decimal("age_s", seconds(group.age));
    out.decimal("idle_s", seconds(group.idle));
    out.number("bytes_up", group.bytes_up);
    out.number("bytes_down", group.bytes_down);
    out.end_object();
  }
  out.end_list();
  out.end_object();
}

}  // namespace aluvia::admin
