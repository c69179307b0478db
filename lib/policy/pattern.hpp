// Pattern: a parsed pattern of the local policy, which matches hosts, addresses and ports.
//
//   pattern = hosts [ ":" port ]    `*`, host, `*.host`, `labels.*`, as in rules (rules/rule_set.hpp)
//           | network [ ":" port ]  an IP address, or a network such as 10.0.0.0/8; IPv6 in brackets where
//                                   a port follows
//           | "@" name              a preset (policy/presets.hpp)
//
// `labels.*` also matches an address with these numbers (`10.*`), as a rule does; a network is clearer.
#pragma once

#include "base/result.hpp"
#include "policy/network.hpp"
#include "rules/pattern.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace aluvia::policy {

struct PresetName {
  std::string name;  ///< without the '@'; it exists
};

struct Pattern {
  std::variant<rules::Pattern, Network, PresetName> target;  ///< a rule here is no AUTO and excludes nothing
  std::uint16_t port = 0;                                    ///< 0: every port

  /// Returns true if only the policy can express it, and no rule of an account.
  bool is_beyond_rules() const noexcept;
};

/// Parses a pattern. White space around it is ignored. The error is one sentence for people, with the text
/// in quotes and what to write instead. `text` may hold any bytes.
Result<Pattern, std::string> parse_pattern(std::string_view text);

/// Returns the canonical text: equal for all spellings of one pattern.
std::string to_text(const Pattern& pattern);

/// Returns the canonical text, or the text in lower case where it is no pattern.
std::string canonical_text(std::string_view text);

/// Returns what people read of a match: the text as written, with the A-labels of a name outside ASCII.
std::string shown(std::string_view text, const Pattern& pattern);

}  // namespace aluvia::policy
