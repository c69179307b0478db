// One rule, parsed: text in, checked pattern out. The grammar is that of rule_set.hpp (specification §5.4).
//
// Refuses to know how patterns are stored or looked up, and what to tell the user about an error
// (pattern_advice.hpp).
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
  std::string key;  ///< in the spelling of host/host.hpp, in ASCII; empty for `*` and AUTO
};

/// Why a text is no rule, in the order in which it is looked for.
enum class PatternError {
  empty,
  lone_dash,
  control,  ///< a control character, NUL included
  scheme,   ///< `https://…`
  path,     ///< a slash, '?' or '#'
  space,
  list,  ///< several rules in one text: a comma or semicolon
  two_dashes,
  star,  ///< `*` where it has no meaning
  port,
  not_ascii,    ///< a name outside ASCII that no browser could ask for: it has no A-labels
  too_long,     ///< over 253 bytes beside the `*`, in A-labels
  long_label,   ///< a label of over 63 bytes, as an A-label
  address,      ///< brackets, colons or a last label of digits that make no IP address
  empty_label,  ///< two dots in a row, a dot at the beginning, or nothing beside the `*`
  character,    ///< anything else that no host name contains
};

/// Accepts white space around the rule and after its dash. Names outside ASCII become A-labels (UTS #46), as
/// in the requests of browsers. Pure; any bytes may be given.
Result<Pattern, PatternError> parse_pattern(std::string_view rule);

/// The rule that a pattern is parsed from, in ASCII and in its shortest spelling: equal for two spellings of
/// one rule.
std::string to_text(const Pattern& pattern);

}  // namespace aluvia::rules
