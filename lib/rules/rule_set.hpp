// RuleSet: hostname rules (specification §5.4), compiled once per snapshot, that decide the route of a host.
//
//   rule    = [ "-" ] pattern          "-" excludes, and an exclusion always wins
//   pattern = "*"                      every host
//           | host                     that host
//           | "*." host                every name below it, at any depth, not the host itself
//           | label *("." label) ".*"  every name that begins with these labels and a dot
//           | "AUTO"                   the preset: the list that the API provides (any letter case)
//
// White space around a rule, letter case and one trailing dot are ignored. A name outside ASCII means its
// A-labels (host/a_labels.hpp). `google.*` also matches `google.evil.test`: the specification defines it so,
// and it is kept for compatibility.
//
// IPv6 literals may have brackets; IPv4 addresses are hosts like others. If several rules match, the most
// specific one is reported: exclusions before inclusions, and within each the exact host, the longest suffix,
// the longest prefix, AUTO, `*`.
//
// A look-up costs one hash per label of the host, whatever the number of rules. pattern.hpp parses a rule,
// pattern_index.hpp stores patterns, this file decides.
//
// To add other kinds of rules: a preset beside AUTO is one more `Preset` of a `Side` (rule_set.cpp) with a
// word of its own in pattern.cpp; a per-service rule is a preset whose list holds the service's hosts; a
// per-geo rule is a `Side` per geo and a field of `Match` that names the geo.
#pragma once

#include "rules/route.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::rules {

/// The rule of a match of AUTO with a host that this proxy has learned.
inline constexpr std::string_view learned_rule = "AUTO (learned)";

/// The route of a host and the rule that decided: as the user wrote it, trimmed, with its A-labels in
/// parentheses if it is outside ASCII. The rule is empty if none matched.
struct Match {
  Route route = Route::direct;
  std::string_view rule;  ///< valid while the RuleSet lives
};

class RuleSet {
 public:
  RuleSet();  // without rules: every host is direct
  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;
  ~RuleSet();

  /// Compiles `rules`. AUTO is replaced by `auto_hostnames` (host names or patterns). An invalid entry is
  /// ignored with one sentence in `warnings` (at most 20, and a last one that counts the others). AUTO also
  /// means the hosts in `learned`, which are exact names: others are ignored there.
  static RuleSet compile(std::span<const std::string> rules, std::span<const std::string> auto_hostnames,
                         std::vector<std::string>& warnings, std::span<const std::string> learned = {});

  /// Precondition: `host` is canonical (host/host.hpp).
  Match match(std::string_view host) const;

  bool uses_auto() const noexcept;    ///< true if AUTO or -AUTO is a rule
  bool takes_auto() const noexcept;   ///< true if AUTO is a rule and -AUTO is none: learned hosts count
  std::size_t size() const noexcept;  ///< number of valid rules, without the entries of the AUTO list

 private:
  struct Index;
  std::unique_ptr<const Index> index_;
};

}  // namespace aluvia::rules
