#include "admin/command_json.hpp"

#include <array>
#include <utility>

#include <rapidjson/document.h>

namespace aluvia::admin {
namespace {

constexpr const char* rules_wanted =
    R"(the body must be {"add": ["RULE"]}, {"remove": […]}, {"set": […]} or {"clear": true}, with "local": true )"
    "where wanted";
constexpr const char* geo_wanted = R"(the body must be {"geo": "CODE"} or {"geo": null})";

// Iterative, so that no nesting overflows the stack.
bool parse(rapidjson::Document& document, std::string_view body) {
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(body.data(),
                                                                                         body.size());
  return !document.HasParseError() && document.IsObject();
}

std::string text_of(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

// The value of an action: its rules, or true for an action that takes none.
bool read_rules(RuleCommand::Action action, const rapidjson::Value& list, std::vector<std::string>& out) {
  if (action == RuleCommand::Action::clear) return list.IsTrue();
  if (!list.IsArray()) return false;
  for (const auto& rule : list.GetArray()) {
    if (!rule.IsString()) return false;
    out.push_back(text_of(rule));
  }
  return true;
}

}  // namespace

Result<RuleCommand, std::string> read_rule_order(std::string_view body) {
  using Action = RuleCommand::Action;
  static constexpr std::array<std::pair<const char*, Action>, 4> actions{
      {{"add", Action::add}, {"remove", Action::remove}, {"set", Action::set}, {"clear", Action::clear}}};
  rapidjson::Document document;
  if (!parse(document, body)) return Err{std::string(rules_wanted)};
  RuleCommand out;
  std::size_t found = 0;
  for (const auto& [name, action] : actions) {
    const auto member = document.FindMember(name);
    if (member == document.MemberEnd()) continue;
    if (!read_rules(action, member->value, out.rules)) return Err{std::string(rules_wanted)};
    out.action = action;
    ++found;
  }
  const auto local = document.FindMember("local");
  const bool has_local = local != document.MemberEnd();
  if (has_local && !local->value.IsBool()) return Err{std::string(rules_wanted)};
  if (found != 1 || document.MemberCount() != found + (has_local ? 1 : 0))
    return Err{std::string(rules_wanted)};
  out.local = has_local && local->value.GetBool();
  return out;
}

Result<GeoCommand, std::string> read_geo_order(std::string_view body) {
  rapidjson::Document document;
  if (!parse(document, body) || document.MemberCount() != 1) return Err{std::string(geo_wanted)};
  const auto geo = document.FindMember("geo");
  if (geo == document.MemberEnd()) return Err{std::string(geo_wanted)};
  if (geo->value.IsNull()) return GeoCommand{};
  if (!geo->value.IsString()) return Err{std::string(geo_wanted)};
  return GeoCommand{text_of(geo->value)};
}

}  // namespace aluvia::admin
