// Hostname rules (specification §5.4), parsed and compiled once per snapshot.
//
//   rule    = [ "-" ] pattern          "-" excludes, and an exclusion always wins
//   pattern = "*"                      every host
//           | host                     that host
//           | "*." host                every name below it, at any depth, not the host itself
//           | label *("." label) ".*"  every name that begins with these labels and a dot
//           | "AUTO"                   the preset: the list that the API gives (any letter case)
//
// White space around a rule is dropped, letter case and one trailing dot are folded. A name outside ASCII
// means its A-labels (host/a_labels.hpp). `google.*` matches `google.evil.test` too: the vendor's rules mean
// that, and it is kept for compatibility.
//
// IPv6 literals stand with or without brackets; IPv4 addresses are hosts like others. Of the rules that
// match, the most specific is named: an exclusion before any inclusion, and within each the exact host, the
// longest suffix, the longest prefix, AUTO, `*`.
//
// A look-up costs one hash per label of the host, however many rules there are. The steps are apart:
// pattern.hpp parses a rule, pattern_index.hpp stores and finds patterns, this file decides.
//
// Where other kinds of rules go: a preset beside AUTO is one more `Preset` of a `Side` (rule_set.cpp) with a
// word of its own in pattern.cpp; a per-service rule is a preset whose list is the service's hosts; a per-geo
// rule is a `Side` per geo, chosen by what its rule carries, and a field of `Match` that names the geo.
#pragma once

#include "rules/route.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::rules {

/// The reason: the rule as the user wrote it (trimmed), behind it in parentheses the rule in A-labels where
/// it was written outside ASCII; empty where none matched.
struct Match {
  Route route = Route::direct;
  std::string_view rule;  ///< valid as long as the RuleSet
};

class RuleSet {
 public:
  RuleSet();  // no rules: everything direct
  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;
  ~RuleSet();

  /// Compiles `rules`. `auto_hostnames` (host names or patterns) is what AUTO stands for. An entry that is no
  /// rule is left out and told in `warnings`, one sentence each (at most 20; the rest is counted in a last
  /// one).
  static RuleSet compile(std::span<const std::string> rules, std::span<const std::string> auto_hostnames,
                         std::vector<std::string>& warnings);

  /// `host` must be folded (http::Authority::host): lower case, no trailing dot, no brackets.
  Match match(std::string_view host) const;

  bool uses_auto() const noexcept;    ///< AUTO or -AUTO is among the rules
  std::size_t size() const noexcept;  ///< rules compiled, each list entry once

 private:
  struct Index;
  std::unique_ptr<const Index> index_;
};

}  // namespace aluvia::rules
