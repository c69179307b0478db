#include "learn/learned_file.hpp"

#include "base/json_value.hpp"
#include "base/json_writer.hpp"
#include "host/host.hpp"

#include <array>
#include <optional>
#include <utility>

#include <rapidjson/document.h>

namespace aluvia::learn {
namespace {

using std::chrono::seconds;
using State = HostState::State;

constexpr std::size_t longest_host = 253;
constexpr std::size_t longest_evidence = 300;
constexpr std::uint64_t latest = 32'503'680'000;  // the year 3000, far from overflow

std::uint64_t unix_seconds(Time time) {
  const auto count = std::chrono::duration_cast<seconds>(time.time_since_epoch()).count();
  return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

std::optional<std::string> text_member(const rapidjson::Value& object, const char* name, std::size_t most) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsString()) return std::nullopt;
  if (member->value.GetStringLength() == 0 || member->value.GetStringLength() > most) return std::nullopt;
  return std::string(member->value.GetString(), member->value.GetStringLength());
}

std::optional<Time> time_member(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsUint64()) return std::nullopt;
  if (member->value.GetUint64() > latest) return std::nullopt;
  return Time(seconds(static_cast<seconds::rep>(member->value.GetUint64())));
}

std::optional<State> state_member(const rapidjson::Value& object) {
  const auto text = text_member(object, "state", 20);
  for (const State state : {State::learned, State::suggested, State::retried}) {
    if (text && *text == name(state)) return state;
  }
  return std::nullopt;
}

std::optional<HostState> read_host(const rapidjson::Value& object) {
  if (!object.IsObject()) return std::nullopt;
  auto host = text_member(object, "host", longest_host);
  const auto state = state_member(object);
  auto evidence = text_member(object, "evidence", longest_evidence);
  const auto since = time_member(object, "since");
  const auto end = time_member(object, "end");
  if (!host || !state || !evidence || !since || !end) return std::nullopt;
  const auto canonical = host::canonical_name(*host);
  if (!canonical || canonical->kind != host::Kind::name || canonical->text != *host) return std::nullopt;
  if (!is_public_name(*host)) return std::nullopt;
  return HostState{std::move(*host), *state, std::move(*evidence), *since, *end};
}

}  // namespace

std::string learned_text(const std::vector<HostState>& hosts) {
  JsonWriter out;
  out.begin_object();
  out.number("version", 1);
  out.begin_list("hosts");
  for (const HostState& host : hosts) {
    out.begin_object();
    out.text("host", host.host);
    out.text("state", name(host.state));
    out.text("evidence", host.evidence);
    out.number("since", unix_seconds(host.since));
    out.number("end", unix_seconds(host.end));
    out.end_object();
  }
  out.end_list();
  out.end_object();
  return std::string(out.take_line().view());
}

Result<std::vector<HostState>, std::string> parse_learned_text(std::string_view text) {
  rapidjson::Document document;
  if (!parse_json_object(document, text)) return Err{std::string("is no JSON object")};
  const auto version = document.FindMember("version");
  if (version == document.MemberEnd() || !version->value.IsUint64())
    return Err{std::string("has no version")};
  if (version->value.GetUint64() != 1) return Err{std::string("was written by another version")};
  const auto hosts = document.FindMember("hosts");
  if (hosts == document.MemberEnd() || !hosts->value.IsArray()) return Err{std::string("has no hosts")};
  std::vector<HostState> out;
  for (const auto& one : hosts->value.GetArray()) {
    auto host = read_host(one);
    if (!host) return Err{std::string("is damaged")};
    out.push_back(std::move(*host));
  }
  return out;
}

}  // namespace aluvia::learn
