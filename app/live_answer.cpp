#include "live_answer.hpp"

#include "base/json_value.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <rapidjson/document.h>

namespace aluvia::app {
namespace {

using Value = rapidjson::Value;
using telemetry::RequestRecord;

const Value& member(const Value& object, const char* name) {
  static const Value none;
  if (!object.IsObject()) return none;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? none : found->value;
}

std::string_view text(const Value& object, const char* name) {
  const Value& value = member(object, name);
  return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength()) : std::string_view{};
}

std::uint64_t number(const Value& object, const char* name) {
  const Value& value = member(object, name);
  return value.IsUint64() ? value.GetUint64() : 0;
}

std::optional<double> decimal(const Value& object, const char* name) {
  const Value& value = member(object, name);
  return value.IsNumber() ? std::optional(value.GetDouble()) : std::nullopt;
}

bool flag(const Value& object, const char* name) {
  const Value& value = member(object, name);
  return value.IsBool() && value.GetBool();
}

std::optional<rules::Route> route(const Value& object) {
  const std::string_view name = text(object, "route");
  for (const rules::Route one : {rules::Route::gateway, rules::Route::direct}) {
    if (rules::name(one) == name) return one;
  }
  return std::nullopt;
}

RequestRecord::Outcome outcome(const Value& object) {
  const std::string_view name = text(object, "outcome");
  if (name == "failed") return RequestRecord::Outcome::failed;
  return name == "aborted" ? RequestRecord::Outcome::aborted : RequestRecord::Outcome::completed;
}

RequestRecord record(const Value& request) {
  RequestRecord out;
  out.begin = std::chrono::system_clock::time_point(std::chrono::milliseconds(number(request, "time_ms")));
  out.duration = std::chrono::duration_cast<RequestRecord::Time>(
      std::chrono::duration<double, std::milli>(decimal(request, "duration_ms").value_or(0)));
  out.outcome = outcome(request);
  out.is_tunnel = flag(request, "tunnel");
  out.method = text(request, "method");
  out.host = text(request, "host");
  out.port = static_cast<std::uint16_t>(number(request, "port"));
  out.route = route(request);
  out.rule = text(request, "rule");
  out.status = static_cast<int>(number(request, "status"));
  out.error = text(request, "error");
  out.reason = text(request, "reason");
  out.bytes_up = number(request, "bytes_up");
  out.bytes_down = number(request, "bytes_down");
  return out;
}

LiveAnswer::Host host(const Value& value) {
  return {text(value, "host"),      number(value, "requests"),      number(value, "failures"),
          number(value, "open"),    number(value, "gateway_bytes"), number(value, "direct_bytes"),
          text(value, "last_error")};
}

LiveAnswer::RouteSums sums(const Value& traffic) {
  return {number(traffic, "requests") + number(traffic, "tunnels"),
          number(traffic, "bytes_up") + number(traffic, "bytes_down")};
}

std::string_view first_text(const Value& list) {
  if (!list.IsArray() || list.Empty() || !list[0].IsString()) return {};
  return {list[0].GetString(), list[0].GetStringLength()};
}

LiveAnswer::State state_of(const Value& status) {
  const Value& gateway = member(status, "gateway");
  const Value& configuration = member(status, "configuration");
  const Value& traffic = member(status, "traffic");
  LiveAnswer::State out;
  out.is_ready = flag(status, "ready");
  out.reason = first_text(member(status, "reasons"));
  out.url = text(status, "url");
  out.uptime = decimal(status, "uptime_s").value_or(0);
  out.gateway = fmt::format("{}:{}", text(gateway, "host"), number(gateway, "port"));
  out.is_gateway_ok = flag(gateway, "ok");
  out.connect_ms = decimal(gateway, "connect_ms");
  out.warm = number(gateway, "warm_connections");
  out.rules = number(configuration, "rules");
  out.geo = text(configuration, "target_geo");
  out.last_poll_age = decimal(member(status, "api"), "last_poll_age_s");
  out.open_connections = number(traffic, "open_connections");
  out.open_tunnels = number(traffic, "open_tunnels");
  out.gateway_sums = sums(member(traffic, "gateway"));
  out.direct_sums = sums(member(traffic, "direct"));
  return out;
}

}  // namespace

struct LiveAnswer::Json {
  rapidjson::Document document;
};

LiveAnswer::LiveAnswer() : json_(std::make_unique<Json>()) {}
LiveAnswer::LiveAnswer(LiveAnswer&&) noexcept = default;
LiveAnswer& LiveAnswer::operator=(LiveAnswer&&) noexcept = default;
LiveAnswer::~LiveAnswer() = default;

std::optional<LiveAnswer> LiveAnswer::parse(std::string_view json) {
  LiveAnswer out;
  if (!parse_json_object(out.json_->document, json) || !out.read()) return std::nullopt;
  return out;
}

bool LiveAnswer::read() {
  const Value& answer = json_->document;
  const Value& requests = member(answer, "requests");
  const Value& state = member(answer, "state");
  if (!requests.IsArray() || !state.IsObject()) return false;
  last_ = number(answer, "seq");
  missed_ = number(answer, "missed");
  unseen_ = number(answer, "unseen");
  for (const Value& one : requests.GetArray())
    requests_.push_back({record(one), std::string(json_text_of(one).view())});
  const Value& hosts = member(member(state, "hosts"), "list");
  if (hosts.IsArray()) {
    for (const Value& one : hosts.GetArray()) hosts_.push_back(host(one));
  }
  state_ = state_of(member(state, "status"));
  return true;
}

Result<LiveAnswer, CommandError> ask_live(const RunningProxy& proxy, std::uint64_t since) {
  auto reply = ask(proxy, "GET", fmt::format("/live?since={}", since), {}, Want::json);
  if (!reply) return Err{std::move(reply.error())};
  auto answer = reply->status == 200 ? LiveAnswer::parse(reply->body) : std::nullopt;
  if (!answer)
    return Err{CommandError{bad_api_answer, "bad_answer",
                            "the proxy has no live view; it may be an older version",
                            command_for(proxy, "status")}};
  return std::move(*answer);
}

}  // namespace aluvia::app
