#include "telemetry/access_line.hpp"

#include "base/number.hpp"

#include <algorithm>

namespace aluvia::telemetry {
namespace {

using Moment = AccessLine::Moment;
using Outcome = RequestRecord::Outcome;

// Space for names, numbers, times and the words of this program; the longest format has 1,100 bytes of them.
constexpr std::size_t most_of_frame = 1536;

char* put_event_name(char* at, const RequestRecord& record, Moment moment) noexcept {
  if (moment == Moment::open) return put_literal(at, "tunnel_open");
  return record.is_tunnel ? put_literal(at, "tunnel") : put_literal(at, "request");
}

// Precondition: there is a route.
char* put_route(char* at, const RequestRecord& record) noexcept {
  return *record.route == rules::Route::gateway ? put_literal(at, "gateway") : put_literal(at, "direct");
}

char* put_id(char* at, const RequestId& id, RepeatedTexts& texts) noexcept {
  at = texts.put_run(at, id.run);
  at = put_literal(at, "-");
  return put_number(at, id.number);
}

// Most requests are forwarded.
char* put_action(char* at, const RequestRecord& record) noexcept {
  if (record.route && record.action == policy::Action::forward) return put_literal(at, "forward");
  return put_raw(at, action_name(record));
}

// ---- JSON: values that may not apply.

char* text_or_null(char* at, std::string_view text) {
  if (text.empty()) return put_literal(at, "null");
  return put_quoted(at, text);
}

// A zero stands for none.
char* number_or_null(char* at, std::uint64_t number) noexcept {
  if (number == 0) return put_literal(at, "null");
  return put_number(at, number);
}

char* time_or_null(char* at, const std::optional<RequestRecord::Time>& time) noexcept {
  if (!time) return put_literal(at, "null");
  return put_milliseconds(at, *time);
}

char* id_or_null(char* at, const RequestId& id, RepeatedTexts& texts) noexcept {
  if (id.number == 0) return put_literal(at, "null");
  at = put_literal(at, "\"");
  at = put_id(at, id, texts);
  return put_literal(at, "\"");
}

char* put_steps(char* at, const RequestRecord& record) noexcept {
  at = put_literal(at, ",\"dns_ms\":");
  at = time_or_null(at, record.dns);
  at = put_literal(at, ",\"connect_ms\":");
  at = time_or_null(at, record.connect);
  at = put_literal(at, ",\"gateway_ms\":");
  at = time_or_null(at, record.gateway);
  at = put_literal(at, ",\"first_byte_ms\":");
  return time_or_null(at, record.first_byte);
}

// An open tunnel has no totals yet.
char* put_totals(char* at, const RequestRecord& record, Moment moment) noexcept {
  if (moment == Moment::open) {
    return put_literal(at, ",\"duration_ms\":null,\"bytes_up\":null,\"bytes_down\":null");
  }
  at = put_literal(at, ",\"duration_ms\":");
  at = put_milliseconds(at, record.duration);
  at = put_literal(at, ",\"bytes_up\":");
  at = put_number(at, record.bytes_up);
  at = put_literal(at, ",\"bytes_down\":");
  return put_number(at, record.bytes_down);
}

char* put_request(char* at, const RequestRecord& record) {
  at = put_literal(at, "\",\"client\":");
  at = text_or_null(at, record.client);
  at = put_literal(at, ",\"method\":");
  at = text_or_null(at, record.method);
  at = put_literal(at, ",\"host\":");
  at = text_or_null(at, record.host);
  at = put_literal(at, ",\"port\":");
  at = number_or_null(at, record.port);
  at = put_literal(at, ",\"route\":");
  if (record.route) {
    at = put_literal(at, "\"");
    at = put_route(at, record);
    at = put_literal(at, "\"");
  } else {
    at = put_literal(at, "null");
  }
  at = put_literal(at, ",\"rule\":");
  return text_or_null(at, record.rule);
}

char* put_json(char* at, const RequestRecord& record, Moment moment, RepeatedTexts& texts) {
  at = put_literal(at, "{\"time\":\"");
  at = texts.put_time(at, record.begin);
  at = put_literal(at, "\",\"id\":");
  at = id_or_null(at, record.id, texts);
  at = put_literal(at, ",\"event\":\"");
  at = put_event_name(at, record, moment);
  at = put_request(at, record);
  at = put_literal(at, ",\"action\":\"");
  at = put_action(at, record);
  at = put_literal(at, "\",\"status\":");
  at = number_or_null(at, static_cast<unsigned>(record.status));
  at = put_literal(at, ",\"error\":");
  at = text_or_null(at, record.error);
  at = put_literal(at, ",\"tries\":");
  at = put_number(at, record.tries);
  at = put_literal(at, ",\"config_version\":");
  at = number_or_null(at, record.version);
  at = put_steps(at, record);
  at = put_totals(at, record, moment);
  at = put_literal(at, ",\"reused\":");
  if (record.route) {
    at = record.is_reused ? put_literal(at, "true") : put_literal(at, "false");
  } else {
    at = put_literal(at, "null");
  }
  at = put_literal(at, ",\"reason\":");
  return text_or_null(at, record.reason);
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

char* put_source(char* at, const RequestRecord& record) {
  const Client client(record.client);
  if (client.ip.empty()) return at;
  at = put_literal(at, ",\"source.address\":");
  at = put_quoted(at, client.ip);
  at = put_literal(at, ",\"source.ip\":");
  at = put_quoted(at, client.ip);
  at = put_literal(at, ",\"source.port\":");
  return put_number(at, client.port);
}

bool is_address(std::string_view host) noexcept {
  const bool has_digits_only =
      std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return has_digits_only || host.find(':') != host.npos;
}

char* put_destination(char* at, const RequestRecord& record) {
  if (record.host.empty()) return at;
  at = put_literal(at, ",\"destination.address\":");
  at = put_quoted(at, record.host);
  at = is_address(record.host) ? put_literal(at, ",\"destination.ip\":")
                               : put_literal(at, ",\"destination.domain\":");
  at = put_quoted(at, record.host);
  at = put_literal(at, ",\"destination.port\":");
  return put_number(at, record.port);
}

// event.type "denied" and event.outcome are words that the schema fixes.
char* put_event(char* at, const RequestRecord& record, Moment moment, RepeatedTexts& texts) {
  if (record.id.number != 0) {
    at = put_literal(at, ",\"event.id\":");
    at = id_or_null(at, record.id, texts);
  }
  at = put_literal(at, ",\"event.kind\":\"event\",\"event.dataset\":\"aluvia_connect.access\"");
  at = put_literal(at, ",\"event.category\":[\"network\"]");
  if (!record.route) {
    at = put_literal(at, ",\"event.type\":[\"connection\",\"denied\"]");
  } else if (moment == Moment::open) {
    at = put_literal(at, ",\"event.type\":[\"connection\",\"start\"]");
  } else {
    at = put_literal(at, ",\"event.type\":[\"connection\",\"end\"]");
  }
  at = put_literal(at, ",\"event.action\":\"");
  at = put_event_name(at, record, moment);
  if (record.outcome == Outcome::completed) {
    at = put_literal(at, "\",\"event.outcome\":\"success\"");
  } else if (record.outcome == Outcome::failed) {
    at = put_literal(at, "\",\"event.outcome\":\"failure\"");
  } else {
    at = put_literal(at, "\",\"event.outcome\":\"unknown\"");
  }
  if (!record.reason.empty()) {
    at = put_literal(at, ",\"event.reason\":");
    at = put_quoted(at, record.reason);
  }
  return at;
}

char* put_http(char* at, const RequestRecord& record) {
  const bool is_socks = record.method == "SOCKS";
  at = put_literal(at, ",\"network.transport\":\"tcp\"");
  at = is_socks ? put_literal(at, ",\"network.protocol\":\"socks\"")
                : put_literal(at, ",\"network.protocol\":\"http\"");
  if (!record.method.empty() && !is_socks) {
    at = put_literal(at, ",\"http.request.method\":");
    at = put_quoted(at, record.method);
  }
  if (record.status != 0 && !is_socks) {
    at = put_literal(at, ",\"http.response.status_code\":");
    at = put_number(at, static_cast<unsigned>(record.status));
  }
  if (!record.error.empty()) {
    at = put_literal(at, ",\"error.code\":");
    at = put_quoted(at, record.error);
  }
  if (!record.rule.empty()) {
    at = put_literal(at, ",\"rule.name\":");
    at = put_quoted(at, record.rule);
  }
  return at;
}

char* put_step_if_any(char* at, std::string_view name,
                      const std::optional<RequestRecord::Time>& time) noexcept {
  if (!time) return at;
  at = put_raw(at, name);
  return put_milliseconds(at, *time);
}

// Fields that the schema does not have, under a name that no later version takes.
char* put_own(char* at, const RequestRecord& record) noexcept {
  at = put_literal(at, ",\"aluvia.action\":\"");
  at = put_action(at, record);
  at = put_literal(at, "\",\"aluvia.tries\":");
  at = put_number(at, record.tries);
  if (record.route) {
    at = put_literal(at, ",\"aluvia.route\":\"");
    at = put_route(at, record);
    at = record.is_reused ? put_literal(at, "\",\"aluvia.reused\":true")
                          : put_literal(at, "\",\"aluvia.reused\":false");
  }
  if (record.version != 0) {
    at = put_literal(at, ",\"aluvia.config_version\":");
    at = put_number(at, record.version);
  }
  at = put_step_if_any(at, ",\"aluvia.dns_ms\":", record.dns);
  at = put_step_if_any(at, ",\"aluvia.connect_ms\":", record.connect);
  at = put_step_if_any(at, ",\"aluvia.gateway_ms\":", record.gateway);
  return put_step_if_any(at, ",\"aluvia.first_byte_ms\":", record.first_byte);
}

char* put_ecs_totals(char* at, const RequestRecord& record) noexcept {
  at = put_literal(at, ",\"event.duration\":");  // in nanoseconds
  at = put_number(at, static_cast<std::uint64_t>(std::max<std::int64_t>(record.duration.count(), 0)) * 1000);
  at = put_literal(at, ",\"source.bytes\":");
  at = put_number(at, record.bytes_up);
  at = put_literal(at, ",\"destination.bytes\":");
  at = put_number(at, record.bytes_down);
  at = put_literal(at, ",\"network.bytes\":");
  return put_number(at, record.bytes_up + record.bytes_down);
}

char* put_ecs(char* at, const RequestRecord& record, Moment moment, RepeatedTexts& texts) {
  at = put_literal(at, "{\"@timestamp\":\"");
  at = texts.put_time(at, record.begin);
  at = put_literal(at, "\",\"ecs.version\":\"8.11.0\"");
  at = put_event(at, record, moment, texts);
  at = put_source(at, record);
  at = put_destination(at, record);
  at = put_http(at, record);
  at = put_own(at, record);
  if (moment == Moment::end) at = put_ecs_totals(at, record);
  return at;
}

// ---- Text.

char* put_target(char* at, const RequestRecord& record) {
  if (record.host.empty()) return put_literal(at, "-");
  const bool is_v6 = record.host.find(':') != record.host.npos;
  if (is_v6) at = put_literal(at, "[");
  at = put_escaped(at, record.host);
  if (is_v6) at = put_literal(at, "]");
  at = put_literal(at, ":");
  return put_number(at, record.port);
}

char* put_result(char* at, const RequestRecord& record) {
  at = record.status == 0 ? put_literal(at, "-") : put_number(at, static_cast<unsigned>(record.status));
  if (record.error.empty()) return at;
  at = put_literal(at, " ");
  return put_escaped(at, record.error);
}

char* put_text_totals(char* at, const RequestRecord& record) noexcept {
  at = put_literal(at, ", ");
  at = put_number(at, record.bytes_up);
  at = put_literal(at, " bytes up, ");
  at = put_number(at, record.bytes_down);
  at = put_literal(at, " down, ");
  at = put_milliseconds(at, record.duration);
  return put_literal(at, " ms");
}

char* put_text(char* at, const RequestRecord& record, Moment moment, bool has_path, RepeatedTexts& texts) {
  at = texts.put_time(at, record.begin);
  at = put_literal(at, " ");
  at = put_id(at, record.id, texts);
  at = put_literal(at, " ");
  at = put_event_name(at, record, moment);
  at = put_literal(at, " ");
  at = record.client.empty() ? put_literal(at, "-") : put_escaped(at, record.client);
  at = put_literal(at, " ");
  at = record.method.empty() ? put_literal(at, "-") : put_escaped(at, record.method);
  at = put_literal(at, " ");
  at = put_target(at, record);
  if (has_path) at = put_escaped(at, record.path);
  at = put_literal(at, " ");
  at = record.route ? put_route(at, record) : put_literal(at, "refused");
  if (!record.rule.empty()) {
    at = put_literal(at, " (");
    at = put_escaped(at, record.rule);
    at = put_literal(at, ")");
  }
  at = put_literal(at, " ");
  at = put_result(at, record);
  if (moment == Moment::end) at = put_text_totals(at, record);
  if (record.reason.empty()) return at;
  at = put_literal(at, ": ");
  return put_escaped(at, record.reason);
}

// The schema has the path and the query in fields of their own; each format has its field at the end.
char* put_path(char* at, const RequestRecord& record, AccessFormat format) {
  if (format == AccessFormat::json) {
    at = put_literal(at, ",\"path\":");
    return text_or_null(at, record.path);
  }
  if (format == AccessFormat::text || record.path.empty()) return at;
  const auto question = std::min(record.path.find('?'), record.path.size());
  at = put_literal(at, ",\"url.path\":");
  at = put_quoted(at, record.path.substr(0, question));
  if (question == record.path.size()) return at;
  at = put_literal(at, ",\"url.query\":");
  return put_quoted(at, record.path.substr(question + 1));
}

}  // namespace

// The schema repeats client, host, and parts of the path.
std::size_t AccessLine::most_bytes(const RequestRecord& record) noexcept {
  constexpr std::size_t texts = 10;
  const std::size_t sizes = 2 * record.client.size() + record.method.size() + 2 * record.host.size() +
                            record.rule.size() + record.error.size() + record.reason.size() +
                            2 * record.path.size();
  return most_of_frame + most_of_texts(texts, sizes);
}

char* AccessLine::put(char* at, const RequestRecord& record, Moment moment) {
  if (format_ == AccessFormat::json) at = put_json(at, record, moment, texts_);
  if (format_ == AccessFormat::ecs) at = put_ecs(at, record, moment, texts_);
  if (format_ == AccessFormat::text) at = put_text(at, record, moment, has_path_, texts_);
  if (has_path_) at = put_path(at, record, format_);
  return format_ == AccessFormat::text ? put_literal(at, "\n") : put_literal(at, "}\n");
}

}  // namespace aluvia::telemetry
