#include "admin/auto_view.hpp"

#include "admin/seconds.hpp"
#include "admin/status_text.hpp"
#include "base/json_value.hpp"
#include "base/visible.hpp"
#include "host/host.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <rapidjson/document.h>

namespace aluvia::admin {
namespace {

using State = learn::HostState::State;

constexpr const char* forget_wanted = R"(the body must be {"hosts": ["HOST"]} or {"all": true})";

std::uint64_t unix_milliseconds(learn::Time time) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
}

std::string human_time(learn::Time::duration time) {
  return human_seconds(std::max(seconds(time), 0.0));
}

}  // namespace

Result<std::vector<std::string>, std::string> read_forget(std::string_view body) {
  rapidjson::Document document;
  if (!parse_json_object(document, body) || document.MemberCount() != 1)
    return Err{std::string(forget_wanted)};
  const auto& member = *document.MemberBegin();
  const std::string_view name(member.name.GetString(), member.name.GetStringLength());
  std::vector<std::string> out;
  if (name == "all" && member.value.IsTrue()) return out;
  if (name != "hosts" || !member.value.IsArray() || member.value.Empty())
    return Err{std::string(forget_wanted)};
  for (const auto& one : member.value.GetArray()) {
    if (!one.IsString()) return Err{std::string(forget_wanted)};
    const std::string text(one.GetString(), one.GetStringLength());
    const auto host = host::canonical_host(text);
    out.push_back(host ? host->text : text);
  }
  return out;
}

void write_learned(JsonWriter& out, std::span<const learn::HostState> hosts) {
  out.begin_list("learned");
  for (const learn::HostState& host : hosts) {
    out.begin_object();
    out.text("host", host.host);
    out.text("state", learn::name(host.state));
    out.text("evidence", host.evidence);
    out.number("since_ms", unix_milliseconds(host.since));
    out.number("end_ms", unix_milliseconds(host.end));
    out.end_object();
  }
  out.end_list();
}

std::string learned_lines(std::span<const learn::HostState> hosts, learn::Time now) {
  std::string out;
  for (const learn::HostState& host : hosts) {
    out += fmt::format("{:<9}  {}  ({}; {} left)\n", learn::name(host.state), visible(host.host),
                       visible(host.evidence), human_time(host.end - now));
  }
  return out;
}

std::string learned_phrase(const learn::HostState& host, learn::Time now) {
  return fmt::format("{} {} ago from {}", learn::name(host.state), human_time(now - host.since),
                     visible(host.evidence));
}

std::string auto_summary(const AutoStatus& status, bool takes_auto) {
  if (status.mode == learn::Mode::off) return "off";
  return fmt::format("{}: {} learned, {} suggested{}", learn::name(status.mode), status.learned,
                     status.suggested,
                     takes_auto ? "" : "; AUTO is not among the rules, so nothing is learned");
}

}  // namespace aluvia::admin
