#include "policy/local_rules.hpp"

#include "base/ascii.hpp"
#include "rules/pattern_advice.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace aluvia::policy {
namespace {

struct Split {
  std::string_view pattern;
  bool excludes;
};

Split split(std::string_view text) {
  text = ascii::trim(text);
  const bool excludes = text.starts_with('-');
  return {excludes ? ascii::trim(text.substr(1)) : text, excludes};
}

}  // namespace

Result<LocalRule, std::string> parse_local_rule(std::string_view text) {
  const Split parts = split(text);
  auto pattern = parse_pattern(parts.pattern);
  if (!pattern) return Err{std::move(pattern.error())};
  return LocalRule{std::move(*pattern), parts.excludes};
}

// A text that is close to a rule of an account gets that error.
std::string local_rule_error(std::string_view text) {
  const auto rule = rules::parse_pattern(text);
  if (rule) return {};
  auto local = parse_local_rule(text);
  if (local) return {};
  const std::string_view pattern = split(text).pattern;
  const bool is_local = pattern.find_first_of("@/:") != pattern.npos && pattern.find("://") == pattern.npos &&
                        rule.error() != rules::PatternError::list;
  if (is_local) return std::move(local.error());
  return fmt::format("rule {}: {}", rules::quoted_rule(ascii::trim(text)), rules::reason(text, rule.error()));
}

std::string canonical_local_rule(std::string_view text) {
  const auto rule = parse_local_rule(text);
  if (!rule) return ascii::to_lower(ascii::trim(text));
  return (rule->excludes ? "-" : "") + to_text(rule->pattern);
}

bool is_beyond_rules(std::string_view text) {
  if (rules::parse_pattern(text)) return false;
  const auto rule = parse_local_rule(text);
  return rule && rule->pattern.is_beyond_rules();
}

LocalRules LocalRules::compile(std::span<const std::string> rules) {
  std::vector<std::string> exclusions;
  std::vector<std::string> inclusions;
  for (const std::string& rule : rules) {
    if (!is_beyond_rules(rule)) continue;
    const Split parts = split(rule);
    (parts.excludes ? exclusions : inclusions).emplace_back(parts.pattern);
  }
  LocalRules out;
  out.exclusions_ = PatternSet::compile(exclusions, "-");
  out.inclusions_ = PatternSet::compile(inclusions);
  return out;
}

rules::Match LocalRules::match(std::string_view host, std::uint16_t port) const noexcept {
  if (const auto rule = exclusions_.find(host, port); !rule.empty()) return {rules::Route::direct, rule};
  if (const auto rule = inclusions_.find(host, port); !rule.empty()) return {rules::Route::gateway, rule};
  return {};
}

rules::Match match(const rules::RuleSet& rules, const LocalRules& local, std::string_view host,
                   std::uint16_t port) {
  const rules::Match account = rules.match(host);
  const bool is_excluded = account.route == rules::Route::direct && !account.rule.empty();
  if (is_excluded || local.size() == 0) return account;
  const rules::Match own = local.match(host, port);
  const bool own_excludes = own.route == rules::Route::direct && !own.rule.empty();
  return own_excludes || account.rule.empty() ? own : account;
}

}  // namespace aluvia::policy
