#include "telemetry/access_line.hpp"

#include "base/number.hpp"

#include <algorithm>

namespace aluvia::telemetry {
namespace {

using Moment = AccessLine::Moment;
using Outcome = RequestRecord::Outcome;

// Space for names, numbers, times and the words of this program; the longest format has 1,100 bytes of them.
constexpr std::size_t most_of_frame = 1536;

void put_event_name(LineBuffer& out, const RequestRecord& record, Moment moment) noexcept {
  if (moment == Moment::open) return out.literal("tunnel_open");
  record.is_tunnel ? out.literal("tunnel") : out.literal("request");
}

// Precondition: there is a route.
void put_route(LineBuffer& out, const RequestRecord& record) noexcept {
  *record.route == rules::Route::gateway ? out.literal("gateway") : out.literal("direct");
}

void put_id(LineBuffer& out, const RequestId& id) noexcept {
  out.hexadecimal(id.run);
  out.literal("-");
  out.number(id.number);
}

// ---- JSON: values that may not apply.

void text_or_null(LineBuffer& out, std::string_view text) {
  if (text.empty()) return out.literal("null");
  out.quoted(text);
}

// A zero stands for none.
void number_or_null(LineBuffer& out, std::uint64_t number) noexcept {
  if (number == 0) return out.literal("null");
  out.number(number);
}

void time_or_null(LineBuffer& out, const std::optional<RequestRecord::Time>& time) noexcept {
  if (!time) return out.literal("null");
  out.milliseconds(*time);
}

void id_or_null(LineBuffer& out, const RequestId& id) noexcept {
  if (id.number == 0) return out.literal("null");
  out.literal("\"");
  put_id(out, id);
  out.literal("\"");
}

void put_steps(LineBuffer& out, const RequestRecord& record) noexcept {
  out.literal(",\"dns_ms\":");
  time_or_null(out, record.dns);
  out.literal(",\"connect_ms\":");
  time_or_null(out, record.connect);
  out.literal(",\"gateway_ms\":");
  time_or_null(out, record.gateway);
  out.literal(",\"first_byte_ms\":");
  time_or_null(out, record.first_byte);
}

// An open tunnel has no totals yet.
void put_totals(LineBuffer& out, const RequestRecord& record, Moment moment) noexcept {
  if (moment == Moment::open) {
    return out.literal(",\"duration_ms\":null,\"bytes_up\":null,\"bytes_down\":null");
  }
  out.literal(",\"duration_ms\":");
  out.milliseconds(record.duration);
  out.literal(",\"bytes_up\":");
  out.number(record.bytes_up);
  out.literal(",\"bytes_down\":");
  out.number(record.bytes_down);
}

void put_request(LineBuffer& out, const RequestRecord& record) {
  out.literal("\",\"client\":");
  text_or_null(out, record.client);
  out.literal(",\"method\":");
  text_or_null(out, record.method);
  out.literal(",\"host\":");
  text_or_null(out, record.host);
  out.literal(",\"port\":");
  number_or_null(out, record.port);
  out.literal(",\"route\":");
  if (record.route) {
    out.literal("\"");
    put_route(out, record);
    out.literal("\"");
  } else {
    out.literal("null");
  }
  out.literal(",\"rule\":");
  text_or_null(out, record.rule);
}

void put_json(LineBuffer& out, const RequestRecord& record, Moment moment) {
  out.literal("{\"time\":\"");
  out.time(record.begin);
  out.literal("\",\"id\":");
  id_or_null(out, record.id);
  out.literal(",\"event\":\"");
  put_event_name(out, record, moment);
  put_request(out, record);
  out.literal(",\"action\":\"");
  out.raw(action_name(record));
  out.literal("\",\"status\":");
  number_or_null(out, static_cast<unsigned>(record.status));
  out.literal(",\"error\":");
  text_or_null(out, record.error);
  out.literal(",\"tries\":");
  out.number(record.tries);
  out.literal(",\"config_version\":");
  number_or_null(out, record.version);
  put_steps(out, record);
  put_totals(out, record, moment);
  out.literal(",\"reused\":");
  if (record.route) {
    record.is_reused ? out.literal("true") : out.literal("false");
  } else {
    out.literal("null");
  }
  out.literal(",\"reason\":");
  text_or_null(out, record.reason);
}

// ---- Elastic Common Schema 8.11: a field that does not apply is left out.

// An address and a port, from "127.0.0.1:50000" or "[::1]:50000".
struct Client {
  explicit Client(std::string_view text) noexcept {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return;
    port = parse_number<std::uint16_t>(text.substr(colon + 1)).value_or(0);
    ip = text.substr(0, colon);
    if (ip.size() > 2 && ip.front() == '[') ip = ip.substr(1, ip.size() - 2);
  }

  std::string_view ip{};
  std::uint16_t port = 0;
};

void put_source(LineBuffer& out, const RequestRecord& record) {
  const Client client(record.client);
  if (client.ip.empty()) return;
  out.literal(",\"source.address\":");
  out.quoted(client.ip);
  out.literal(",\"source.ip\":");
  out.quoted(client.ip);
  out.literal(",\"source.port\":");
  out.number(client.port);
}

bool is_address(std::string_view host) noexcept {
  const bool has_digits_only =
      std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return has_digits_only || host.find(':') != host.npos;
}

void put_destination(LineBuffer& out, const RequestRecord& record) {
  if (record.host.empty()) return;
  out.literal(",\"destination.address\":");
  out.quoted(record.host);
  is_address(record.host) ? out.literal(",\"destination.ip\":") : out.literal(",\"destination.domain\":");
  out.quoted(record.host);
  out.literal(",\"destination.port\":");
  out.number(record.port);
}

// event.type "denied" and event.outcome are words that the schema fixes.
void put_event(LineBuffer& out, const RequestRecord& record, Moment moment) {
  if (record.id.number != 0) {
    out.literal(",\"event.id\":");
    id_or_null(out, record.id);
  }
  out.literal(
      ",\"event.kind\":\"event\",\"event.dataset\":\"aluvia_connect.access\",\"event.category\":["
      "\"network\"]");
  if (!record.route) {
    out.literal(",\"event.type\":[\"connection\",\"denied\"]");
  } else if (moment == Moment::open) {
    out.literal(",\"event.type\":[\"connection\",\"start\"]");
  } else {
    out.literal(",\"event.type\":[\"connection\",\"end\"]");
  }
  out.literal(",\"event.action\":\"");
  put_event_name(out, record, moment);
  if (record.outcome == Outcome::completed) {
    out.literal("\",\"event.outcome\":\"success\"");
  } else if (record.outcome == Outcome::failed) {
    out.literal("\",\"event.outcome\":\"failure\"");
  } else {
    out.literal("\",\"event.outcome\":\"unknown\"");
  }
  if (!record.reason.empty()) {
    out.literal(",\"event.reason\":");
    out.quoted(record.reason);
  }
}

void put_http(LineBuffer& out, const RequestRecord& record) {
  const bool is_socks = record.method == "SOCKS";
  out.literal(",\"network.transport\":\"tcp\"");
  is_socks ? out.literal(",\"network.protocol\":\"socks\"") : out.literal(",\"network.protocol\":\"http\"");
  if (!record.method.empty() && !is_socks) {
    out.literal(",\"http.request.method\":");
    out.quoted(record.method);
  }
  if (record.status != 0 && !is_socks) {
    out.literal(",\"http.response.status_code\":");
    out.number(static_cast<unsigned>(record.status));
  }
  if (!record.error.empty()) {
    out.literal(",\"error.code\":");
    out.quoted(record.error);
  }
  if (!record.rule.empty()) {
    out.literal(",\"rule.name\":");
    out.quoted(record.rule);
  }
}

void put_step_if_any(LineBuffer& out, std::string_view name,
                     const std::optional<RequestRecord::Time>& time) noexcept {
  if (!time) return;
  out.raw(name);
  out.milliseconds(*time);
}

// Fields that the schema does not have, under a name that no later version takes.
void put_own(LineBuffer& out, const RequestRecord& record) noexcept {
  out.literal(",\"aluvia.action\":\"");
  out.raw(action_name(record));
  out.literal("\",\"aluvia.tries\":");
  out.number(record.tries);
  if (record.route) {
    out.literal(",\"aluvia.route\":\"");
    put_route(out, record);
    record.is_reused ? out.literal("\",\"aluvia.reused\":true") : out.literal("\",\"aluvia.reused\":false");
  }
  if (record.version != 0) {
    out.literal(",\"aluvia.config_version\":");
    out.number(record.version);
  }
  put_step_if_any(out, ",\"aluvia.dns_ms\":", record.dns);
  put_step_if_any(out, ",\"aluvia.connect_ms\":", record.connect);
  put_step_if_any(out, ",\"aluvia.gateway_ms\":", record.gateway);
  put_step_if_any(out, ",\"aluvia.first_byte_ms\":", record.first_byte);
}

void put_ecs_totals(LineBuffer& out, const RequestRecord& record) noexcept {
  out.literal(",\"event.duration\":");  // in nanoseconds
  out.number(static_cast<std::uint64_t>(std::max<std::int64_t>(record.duration.count(), 0)) * 1000);
  out.literal(",\"source.bytes\":");
  out.number(record.bytes_up);
  out.literal(",\"destination.bytes\":");
  out.number(record.bytes_down);
  out.literal(",\"network.bytes\":");
  out.number(record.bytes_up + record.bytes_down);
}

void put_ecs(LineBuffer& out, const RequestRecord& record, Moment moment) {
  out.literal("{\"@timestamp\":\"");
  out.time(record.begin);
  out.literal("\",\"ecs.version\":\"8.11.0\"");
  put_event(out, record, moment);
  put_source(out, record);
  put_destination(out, record);
  put_http(out, record);
  put_own(out, record);
  if (moment == Moment::end) put_ecs_totals(out, record);
}

// ---- Text.

void put_target(LineBuffer& out, const RequestRecord& record) {
  if (record.host.empty()) return out.literal("-");
  const bool is_v6 = record.host.find(':') != record.host.npos;
  if (is_v6) out.literal("[");
  out.escaped(record.host);
  if (is_v6) out.literal("]");
  out.literal(":");
  out.number(record.port);
}

void put_result(LineBuffer& out, const RequestRecord& record) {
  if (record.status == 0) {
    out.literal("-");
  } else {
    out.number(static_cast<unsigned>(record.status));
  }
  if (record.error.empty()) return;
  out.literal(" ");
  out.escaped(record.error);
}

void put_text_totals(LineBuffer& out, const RequestRecord& record) noexcept {
  out.literal(", ");
  out.number(record.bytes_up);
  out.literal(" bytes up, ");
  out.number(record.bytes_down);
  out.literal(" down, ");
  out.milliseconds(record.duration);
  out.literal(" ms");
}

void put_text(LineBuffer& out, const RequestRecord& record, Moment moment, bool has_path) {
  out.time(record.begin);
  out.literal(" ");
  put_id(out, record.id);
  out.literal(" ");
  put_event_name(out, record, moment);
  out.literal(" ");
  record.client.empty() ? out.literal("-") : out.escaped(record.client);
  out.literal(" ");
  record.method.empty() ? out.literal("-") : out.escaped(record.method);
  out.literal(" ");
  put_target(out, record);
  if (has_path) out.escaped(record.path);
  out.literal(" ");
  if (record.route) {
    put_route(out, record);
  } else {
    out.literal("refused");
  }
  if (!record.rule.empty()) {
    out.literal(" (");
    out.escaped(record.rule);
    out.literal(")");
  }
  out.literal(" ");
  put_result(out, record);
  if (moment == Moment::end) put_text_totals(out, record);
  if (record.reason.empty()) return;
  out.literal(": ");
  out.escaped(record.reason);
}

// The schema has the path and the query in fields of their own; each format has its field at the end.
void put_path(LineBuffer& out, const RequestRecord& record, AccessFormat format) {
  if (format == AccessFormat::json) {
    out.literal(",\"path\":");
    return text_or_null(out, record.path);
  }
  if (format == AccessFormat::text || record.path.empty()) return;
  const auto question = std::min(record.path.find('?'), record.path.size());
  out.literal(",\"url.path\":");
  out.quoted(record.path.substr(0, question));
  if (question == record.path.size()) return;
  out.literal(",\"url.query\":");
  out.quoted(record.path.substr(question + 1));
}

// The schema repeats client and host.
std::size_t most_bytes(const RequestRecord& record) noexcept {
  const auto most = &LineBuffer::most_of;
  return most_of_frame + 2 * most(record.client) + most(record.method) + 2 * most(record.host) +
         most(record.rule) + most(record.error) + most(record.reason) + 2 * most(record.path);
}

}  // namespace

std::string_view AccessLine::make(const RequestRecord& record, Moment moment) {
  out_.begin(most_bytes(record));
  if (format_ == AccessFormat::json) put_json(out_, record, moment);
  if (format_ == AccessFormat::ecs) put_ecs(out_, record, moment);
  if (format_ == AccessFormat::text) put_text(out_, record, moment, has_path_);
  if (has_path_) put_path(out_, record, format_);
  if (format_ == AccessFormat::text) {
    out_.literal("\n");
  } else {
    out_.literal("}\n");
  }
  return out_.line();
}

}  // namespace aluvia::telemetry
