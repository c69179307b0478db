#include "admin/command_json.hpp"

#include "base/json_value.hpp"

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
constexpr const char* policy_wanted =
    R"(the body must be {"add": {"block": ["PATTERN"], "only": ["PATTERN"], "only_audit": true, )"
    R"("budget": ["AMOUNT/PERIOD"]}} with some of the four, or the same with "remove" or "set")";
constexpr const char* geo_wanted = R"(the body must be {"geo": "CODE"} or {"geo": null})";
constexpr const char* session_wanted =
    R"(the body must be empty, {"session_id": "ID"} or {"session_id": null})";

std::string text_of(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

// Returns the value of the only member, or nothing if the body has another shape.
std::optional<std::optional<std::string>> read_text_or_null(std::string_view body, const char* name) {
  rapidjson::Document document;
  if (!parse_json_object(document, body) || document.MemberCount() != 1) return std::nullopt;
  const auto member = document.FindMember(name);
  if (member == document.MemberEnd()) return std::nullopt;
  if (member->value.IsNull()) return std::optional<std::string>();
  if (!member->value.IsString()) return std::nullopt;
  return text_of(member->value);
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

std::optional<Rules> read_texts(const rapidjson::Value& list) {
  if (!list.IsArray()) return std::nullopt;
  Rules out;
  for (const auto& text : list.GetArray()) {
    if (!text.IsString()) return std::nullopt;
    out.push_back(text_of(text));
  }
  return out;
}

// The value of an action: its rules, or true for clear, which takes none.
std::optional<Rules> read_rules(const Action& action, const rapidjson::Value& list) {
  if (action.edit == clear) return list.IsTrue() ? std::optional(Rules()) : std::nullopt;
  return read_texts(list);
}

std::vector<std::string>* list_called(std::string_view name, policy::PolicyTexts& policy) {
  if (name == "block") return &policy.block;
  if (name == "only") return &policy.only;
  return name == "budget" ? &policy.budgets : nullptr;
}

std::optional<policy::PolicyTexts> read_policy(const rapidjson::Value& object) {
  if (!object.IsObject()) return std::nullopt;
  policy::PolicyTexts out;
  for (const auto& member : object.GetObject()) {
    const std::string name = text_of(member.name);
    if (name == "only_audit" && member.value.IsBool()) {
      out.audits_only = member.value.GetBool();
      continue;
    }
    std::vector<std::string>* const list = list_called(name, out);
    auto texts = list ? read_texts(member.value) : std::nullopt;
    if (!texts) return std::nullopt;
    *list = std::move(*texts);
  }
  return out;
}

std::optional<Edit> read_policy_edit(const rapidjson::Document& document) {
  if (document.MemberCount() != 1) return std::nullopt;
  const auto& member = *document.MemberBegin();
  auto texts = read_policy(member.value);
  if (!texts) return std::nullopt;
  const std::string action = text_of(member.name);
  if (action == "add") return config::AddPolicy{std::move(*texts)};
  if (action == "remove") return config::RemovePolicy{std::move(*texts)};
  if (action == "set") return config::SetPolicy{std::move(*texts)};
  return std::nullopt;
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
  auto edit = parse_json_object(document, body) ? read_rule_edit(document) : std::nullopt;
  if (!edit) return Err{std::string(rules_wanted)};
  return std::move(*edit);
}

Result<Edit, std::string> read_policy_edit(std::string_view body) {
  rapidjson::Document document;
  auto edit = parse_json_object(document, body) ? read_policy_edit(document) : std::nullopt;
  if (!edit) return Err{std::string(policy_wanted)};
  return std::move(*edit);
}

Result<Edit, std::string> read_geo_edit(std::string_view body) {
  auto geo = read_text_or_null(body, "geo");
  if (!geo) return Err{std::string(geo_wanted)};
  return Edit(config::SetGeo{std::move(*geo)});
}

Result<Edit, std::string> read_session_edit(std::string_view body) {
  if (body.empty()) return Edit(config::RotateSession());
  auto session_id = read_text_or_null(body, "session_id");
  if (!session_id) return Err{std::string(session_wanted)};
  return Edit(config::SetSession{std::move(*session_id)});
}

}  // namespace aluvia::admin
