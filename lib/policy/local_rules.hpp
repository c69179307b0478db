// Local rules that no account can have: their patterns are networks, ports or presets.
//
//   rule = [ "-" ] pattern          "-" excludes, and an exclusion always wins (policy/pattern.hpp)
//
// All other local rules join those of the account (rules/rule_set.hpp), which keep their exact meaning.
#pragma once

#include "base/result.hpp"
#include "policy/pattern.hpp"
#include "policy/pattern_set.hpp"
#include "rules/rule_set.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace aluvia::policy {

struct LocalRule {
  Pattern pattern;
  bool excludes = false;
};

/// Parses a local rule that is beyond an account's rules. The error is one sentence, as of parse_pattern().
Result<LocalRule, std::string> parse_local_rule(std::string_view text);

/// Returns one sentence if `text` is neither a rule of an account nor a local one, else an empty text.
std::string local_rule_error(std::string_view text);

/// Returns the canonical text of a local rule, or `text` in lower case if it is none.
std::string canonical_local_rule(std::string_view text);

/// True for a rule that the account's rule set cannot hold.
bool is_beyond_rules(std::string_view text);

class LocalRules {
 public:
  LocalRules() = default;  // matches nothing
  /// Compiles the rules that are beyond an account's, and ignores all others.
  static LocalRules compile(std::span<const std::string> rules);

  /// As RuleSet::match(). Precondition: `host` is canonical.
  rules::Match match(std::string_view host, std::uint16_t port) const noexcept;
  std::size_t size() const noexcept { return exclusions_.size() + inclusions_.size(); }

 private:
  PatternSet exclusions_;
  PatternSet inclusions_;
};

/// Decides between the account's rules and the local ones: an exclusion of either wins, then an inclusion of
/// the account's rules, then a local one.
rules::Match match(const rules::RuleSet& rules, const LocalRules& local, std::string_view host,
                   std::uint16_t port);

}  // namespace aluvia::policy
