#include "sandbox/user_state.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/json_value.hpp"
#include "sandbox/digest.hpp"
#include "sandbox/json.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <rapidjson/document.h>

namespace aluvia::sandbox {
namespace {

using rapidjson::Document;
using rapidjson::Value;

std::string text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

std::string json_of(const Value& value) {
  return std::string(json_text_of(value).view());
}

bool parse_object(std::string_view json, Document& document) {
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  return !document.HasParseError() && document.IsObject();
}

// Returns the string value of a member's JSON text; empty for other types.
std::string unquoted(const std::string& json) {
  Document document;
  document.Parse(json.data(), json.size());
  return !document.HasParseError() && document.IsString() ? text_of(document) : std::string();
}

bool is_session_id(const Value& value) {
  if (value.IsNull()) return true;
  if (!value.IsString() || value.GetStringLength() == 0 || value.GetStringLength() > 255) return false;
  const std::string text = text_of(value);
  return std::all_of(text.begin(), text.end(), ascii::is_alnum);
}

bool is_rule_list(const Value& value) {
  return value.IsArray() &&
         std::all_of(value.Begin(), value.End(), [](const Value& v) { return v.IsString(); });
}

std::string refusal(std::string_view name, const Value& value) {
  if (name == "rules" && !is_rule_list(value)) return "must be a list of strings";
  if (name == "session_id" && !is_session_id(value)) return "must be 1 to 255 letters and digits, or null";
  if (name == "target_geo" && !value.IsString() && !value.IsNull()) return "must be a string or null";
  return {};
}

bool is_patchable(std::string_view name) {
  return name == "rules" || name == "session_id" || name == "target_geo";
}

}  // namespace

UserState::UserState(const std::vector<std::string>& rules) : instance_(random_text(8)) {
  set("proxy_username", json_quote("sandbox-user-" + random_text(6)));
  set("proxy_password", json_quote(random_text(24)));
  set("rules", json_array(rules, json_quote));
  set("session_id", "null");
  set("target_geo", "null");
  changed();
}

void UserState::set(std::string_view name, std::string value) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const auto& member) { return member.first == name; });
  if (found != members_.end()) {
    found->second = std::move(value);
  } else {
    members_.emplace_back(name, std::move(value));
  }
}

void UserState::changed() {
  ++version_;
  std::string username;
  std::string password;
  for (const auto& [name, value] : members_) {
    if (name == "proxy_username") username = unquoted(value);
    if (name == "proxy_password") password = unquoted(value);
  }
  authorization_ = username.empty() ? std::string() : "Basic " + base64_encode(username + ":" + password);
}

std::string UserState::etag() const {
  return fmt::format("\"{}-{}\"", instance_, version_);
}

std::string UserState::body() const {
  JsonObject user;
  for (const auto& [name, value] : members_) user.raw(name, value);
  switch (wrapping_) {
    case Wrapping::success:
      return JsonObject().raw("success", "true").raw("data", user.done()).done();
    case Wrapping::data:
      return JsonObject().raw("data", user.done()).done();
    case Wrapping::bare:
      break;
  }
  return user.done();
}

std::string UserState::exit_address() const {
  const auto session = std::ranges::find(members_, "session_id", &std::pair<std::string, std::string>::first);
  const std::size_t hash = std::hash<std::string>()(session == members_.end() ? "" : session->second);
  return fmt::format("198.51.100.{}", 1 + hash % 254);
}

Result<void, FieldError> UserState::patch(std::string_view json) {
  Document document;
  if (!parse_object(json, document)) return Err{FieldError{"body", "must be a JSON object"}};
  for (const auto& member : document.GetObject()) {
    const std::string name = text_of(member.name);
    if (std::string why = refusal(name, member.value); !why.empty())
      return Err{FieldError{name, std::move(why)}};
  }
  for (const auto& member : document.GetObject()) {
    const std::string name = text_of(member.name);
    if (is_patchable(name)) set(name, json_of(member.value));
  }
  changed();
  return {};
}

Result<void, std::string> UserState::put(std::string_view json) {
  Document document;
  if (!parse_object(json, document)) return Err{std::string("a JSON object is expected")};
  if (const auto wrapping = document.FindMember("wrapping"); wrapping != document.MemberEnd()) {
    const std::string word = wrapping->value.IsString() ? text_of(wrapping->value) : std::string();
    if (word != "success" && word != "data" && word != "bare") {
      return Err{std::string("wrapping is success, data or bare")};
    }
    wrapping_ = word == "success" ? Wrapping::success : word == "data" ? Wrapping::data : Wrapping::bare;
  }
  for (const auto& member : document.GetObject()) {
    const std::string name = text_of(member.name);
    if (name != "wrapping") set(name, json_of(member.value));
  }
  changed();
  return {};
}

void UserState::set_rules(const std::vector<std::string>& rules) {
  set("rules", json_array(rules, json_quote));
  changed();
}

}  // namespace aluvia::sandbox
