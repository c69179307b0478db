#include "control/rule_edit.hpp"

#include "base/ascii.hpp"
#include "config/user_change.hpp"

#include <algorithm>
#include <random>
#include <string_view>
#include <unordered_set>

namespace aluvia::control {
namespace {

using Keys = std::unordered_set<std::string>;

std::string key_of(const std::string& rule) {
  return config::canonical_rule(rule);
}

Keys keys_of(std::span<const std::string> rules) {
  Keys keys;
  keys.reserve(rules.size());
  for (const std::string& rule : rules) keys.insert(key_of(rule));
  return keys;
}

constexpr const char* no_rule = "no rule is given";

std::string named_error(const Rules& rules) {
  return rules.empty() ? no_rule : config::rules_error(rules);
}

struct EditError {
  std::string operator()(const config::SetRules& edit) const { return config::rules_error(edit.rules); }
  std::string operator()(const config::SetLocalRules& edit) const {
    return config::local_rules_error(edit.rules);
  }
  std::string operator()(const config::AddRules& edit) const { return named_error(edit.rules); }
  std::string operator()(const config::AddLocalRules& edit) const {
    return edit.rules.empty() ? no_rule : config::local_rules_error(edit.rules);
  }
  // Invalid rules may be in the list, so their removal is valid.
  std::string operator()(const config::RemoveRules& edit) const { return edit.rules.empty() ? no_rule : ""; }
  std::string operator()(const config::RemoveLocalRules& edit) const {
    return edit.rules.empty() ? no_rule : "";
  }
  std::string operator()(const config::SetGeo& edit) const {
    return edit.geo ? config::geo_error(*edit.geo) : "";
  }
  std::string operator()(const config::SetSession& edit) const {
    return edit.session_id ? config::session_id_error(*edit.session_id) : "";
  }
  std::string operator()(const config::RotateSession&) const { return {}; }
  std::string operator()(const config::ClearRules&) const { return {}; }
  // policy_edit.cpp checks the policy after the edit.
  std::string operator()(const config::SetPolicy&) const { return {}; }
  std::string operator()(const config::AddPolicy&) const { return {}; }
  std::string operator()(const config::RemovePolicy&) const { return {}; }
  std::string operator()(const config::SetLearned&) const { return {}; }
};

}  // namespace

std::string edit_error(const config::Edit& edit) {
  return std::visit(EditError(), edit);
}

std::string make_session_id() {
  static constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> index(0, alphabet.size() - 1);
  std::string id(16, '\0');
  std::generate(id.begin(), id.end(), [&] { return alphabet[index(random)]; });
  return id;
}

Rules with_rules(Rules rules, std::span<const std::string> more) {
  auto keys = keys_of(rules);
  for (const std::string& rule : more) {
    if (keys.insert(key_of(rule)).second) rules.emplace_back(ascii::trim(rule));
  }
  return rules;
}

Rules without_rules(const Rules& rules, std::span<const std::string> less) {
  const auto keys = keys_of(less);
  Rules left;
  for (const std::string& rule : rules) {
    if (!keys.contains(key_of(rule))) left.push_back(rule);
  }
  return left;
}

const std::string* first_absent(const Rules& rules, std::span<const std::string> named) {
  const auto keys = keys_of(rules);
  for (const std::string& rule : named) {
    if (!keys.contains(key_of(rule))) return &rule;
  }
  return nullptr;
}

}  // namespace aluvia::control
