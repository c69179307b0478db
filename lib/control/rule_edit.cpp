#include "control/rule_edit.hpp"

#include "base/ascii.hpp"
#include "config/user_change.hpp"

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

std::string complaint_about_named(const Rules& rules) {
  return rules.empty() ? "no rule is named" : config::complaint_about_rules(rules);
}

struct Complaint {
  std::string operator()(const config::SetRules& edit) const {
    return config::complaint_about_rules(edit.rules);
  }
  std::string operator()(const config::SetLocalRules& edit) const {
    return config::complaint_about_rules(edit.rules);
  }
  std::string operator()(const config::AddRules& edit) const { return complaint_about_named(edit.rules); }
  std::string operator()(const config::AddLocalRules& edit) const {
    return complaint_about_named(edit.rules);
  }
  // What stands in the list may be anything, so anything can be taken out of it.
  std::string operator()(const config::RemoveRules& edit) const {
    return edit.rules.empty() ? "no rule is named" : "";
  }
  std::string operator()(const config::RemoveLocalRules& edit) const {
    return edit.rules.empty() ? "no rule is named" : "";
  }
  std::string operator()(const config::SetGeo& edit) const {
    return edit.geo ? config::complaint_about_geo(*edit.geo) : "";
  }
  std::string operator()(const config::SetSession& edit) const {
    return edit.session_id ? config::complaint_about_session_id(*edit.session_id) : "";
  }
  std::string operator()(const config::RotateSession&) const { return {}; }
  std::string operator()(const config::ClearRules&) const { return {}; }
};

}  // namespace

std::string complaint_about(const config::Edit& edit) {
  return std::visit(Complaint(), edit);
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
