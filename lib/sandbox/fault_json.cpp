// Reads the body of `PUT /sandbox/faults`.
#include "sandbox/fault.hpp"

#include <array>

#include <rapidjson/document.h>

namespace aluvia::sandbox {
namespace {

using rapidjson::Value;

std::string text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

std::optional<FaultKind> kind_of(std::string_view name) {
  using Row = std::pair<std::string_view, FaultKind>;
  constexpr std::array<Row, 7> rows{
      Row{"status", FaultKind::status},  Row{"raw", FaultKind::raw},
      Row{"hang", FaultKind::hang},      Row{"close", FaultKind::close},
      Row{"reset", FaultKind::reset},    Row{"stall_body", FaultKind::stall_body},
      Row{"dribble", FaultKind::dribble}};
  for (const auto& [word, kind] : rows) {
    if (word == name) return kind;
  }
  return std::nullopt;
}

// Reads one member into the fault; false if its type is wrong or its name is unknown.
bool read_member(std::string_view name, const Value& value, Fault& fault) {
  if (name == "kind") {
    const auto kind = value.IsString() ? kind_of(text_of(value)) : std::nullopt;
    if (kind) fault.kind = *kind;
    return kind.has_value();
  }
  if (name == "body" || name == "raw") {
    if (value.IsString()) (name == "body" ? fault.body : fault.raw) = text_of(value);
    return value.IsString();
  }
  if (name == "headers") {
    if (!value.IsObject()) return false;
    for (const auto& field : value.GetObject()) {
      if (!field.value.IsString()) return false;
      fault.headers.emplace_back(text_of(field.name), text_of(field.value));
    }
    return true;
  }
  if (!value.IsUint()) return false;
  if (name == "status") fault.status = static_cast<int>(value.GetUint());
  if (name == "times") fault.times = value.GetUint();
  if (name == "pace_ms") fault.pace = std::chrono::milliseconds(value.GetUint());
  return name == "status" ? fault.status >= 100 && fault.status <= 599 : name == "times" || name == "pace_ms";
}

Result<std::optional<Fault>, std::string> read_fault(const Value& value) {
  if (value.IsNull()) return std::optional<Fault>{};
  if (!value.IsObject() || !value.HasMember("kind")) return Err{std::string("a fault is null or has a kind")};
  Fault fault;
  for (const auto& member : value.GetObject()) {
    const std::string name = text_of(member.name);
    if (!read_member(name, member.value, fault)) return Err{"unknown or wrong: " + name};
  }
  return std::optional<Fault>(std::move(fault));
}

}  // namespace

Result<FaultChange, std::string> parse_fault_change(std::string_view json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return Err{std::string("a JSON object is expected")};
  FaultChange change;
  for (const auto& member : document.GetObject()) {
    const std::string name = text_of(member.name);
    if (name != "api" && name != "gateway") return Err{"unknown member: " + name};
    auto fault = read_fault(member.value);
    if (!fault) return Err{std::move(fault.error())};
    (name == "api" ? change.api : change.gateway) = std::move(*fault);
  }
  return change;
}

}  // namespace aluvia::sandbox
