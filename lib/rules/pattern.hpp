// Parses one rule into a checked pattern. The grammar is in rule_set.hpp (specification §5.4);
// pattern_index.hpp stores patterns, and pattern_advice.hpp words the errors.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace aluvia::rules {

enum class PatternKind {
  everything,  ///< `*`
  exact,       ///< `host`; key: the host
  suffix,      ///< `*.host`; key: the host
  prefix,      ///< `labels.*`; key: the labels, without the last dot
  automatic,   ///< `AUTO`
};

struct Pattern {
  bool excludes = false;
  PatternKind kind = PatternKind::exact;
  std::string key;  ///< canonical (host/host.hpp), in ASCII; empty for `*` and AUTO
};

/// Reasons why a text is not a rule, in the order of the checks.
enum class PatternError {
  empty,
  lone_dash,
  control,  ///< a control character, NUL included
  scheme,   ///< `https://…`
  path,     ///< a slash, '?' or '#'
  space,
  list,  ///< several rules in one text: a comma or semicolon
  two_dashes,
  star,  ///< a `*` in a position without meaning
  port,
  not_ascii,    ///< a name outside ASCII without A-labels, which no browser can request
  too_long,     ///< over 253 bytes beside the `*`, in A-labels
  long_label,   ///< a label of over 63 bytes, as an A-label
  address,      ///< brackets, colons or a numeric last label, but not a valid IP address
  empty_label,  ///< two dots in a row, a dot at the beginning, or nothing beside the `*`
  character,    ///< another character that a host name cannot have
};

/// Parses a rule. White space around it and after its dash is ignored. Names outside ASCII become A-labels
/// (UTS #46), as in the requests of browsers. `rule` may hold any bytes.
Result<Pattern, PatternError> parse_pattern(std::string_view rule);

/// Returns the canonical rule of a pattern, in ASCII: equal for all spellings of one rule.
std::string to_text(const Pattern& pattern);

}  // namespace aluvia::rules
