#include "admin/command_json.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

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

using Rules = std::vector<std::string>;
using config::Edit;

template <class Account, class Local>
Edit edit_of(Rules rules, bool local) {
  if (local) return Local{std::move(rules)};
  return Account{std::move(rules)};
}

Edit clear(Rules, bool local) {
  return config::ClearRules{local};
}

struct Action {
  const char* name;
  Edit (*edit)(Rules rules, bool local);
};

constexpr std::array actions{Action{"add", edit_of<config::AddRules, config::AddLocalRules>},
                             Action{"remove", edit_of<config::RemoveRules, config::RemoveLocalRules>},
                             Action{"set", edit_of<config::SetRules, config::SetLocalRules>},
                             Action{"clear", clear}};

// The value of an action: its rules, or true for clear, which takes none.
std::optional<Rules> read_rules(const Action& action, const rapidjson::Value& list) {
  if (action.edit == clear) return list.IsTrue() ? std::optional(Rules()) : std::nullopt;
  if (!list.IsArray()) return std::nullopt;
  Rules out;
  for (const auto& rule : list.GetArray()) {
    if (!rule.IsString()) return std::nullopt;
    out.push_back(text_of(rule));
  }
  return out;
}

std::optional<Edit> read_rule_edit(const rapidjson::Document& document) {
  const auto local = document.FindMember("local");
  const bool has_local = local != document.MemberEnd();
  if (has_local && !local->value.IsBool()) return std::nullopt;
  if (document.MemberCount() != (has_local ? 2 : 1)) return std::nullopt;
  for (const Action& action : actions) {
    const auto member = document.FindMember(action.name);
    if (member == document.MemberEnd()) continue;
    auto rules = read_rules(action, member->value);
    if (!rules) return std::nullopt;
    return action.edit(std::move(*rules), has_local && local->value.GetBool());
  }
  return std::nullopt;
}

}  // namespace

Result<Edit, std::string> read_rule_edit(std::string_view body) {
  rapidjson::Document document;
  auto edit = parse(document, body) ? read_rule_edit(document) : std::nullopt;
  if (!edit) return Err{std::string(rules_wanted)};
  return std::move(*edit);
}

Result<Edit, std::string> read_geo_edit(std::string_view body) {
  rapidjson::Document document;
  if (!parse(document, body) || document.MemberCount() != 1) return Err{std::string(geo_wanted)};
  const auto geo = document.FindMember("geo");
  if (geo == document.MemberEnd()) return Err{std::string(geo_wanted)};
  if (geo->value.IsNull()) return Edit(config::SetGeo{});
  if (!geo->value.IsString()) return Err{std::string(geo_wanted)};
  return Edit(config::SetGeo{text_of(geo->value)});
}

}  // namespace aluvia::admin
