// One rule, parsed: text in, checked pattern out. The grammar is that of rule_set.hpp (specification §5.4).
//
// Refuses to know how patterns are stored or looked up, and what to tell the user about a fault
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
  std::string key;  ///< folded like http::Authority::host; empty for `*` and AUTO
};

/// Why a text is no rule, in the order in which it is looked for.
enum class Fault {
  empty,
  lone_dash,
  control,  ///< a control character, NUL included
  not_ascii,
  scheme,  ///< `https://…`
  path,    ///< a slash, '?' or '#'
  space,
  list,  ///< several rules in one text: a comma or semicolon
  two_dashes,
  too_long,  ///< over 253 bytes without the dash
  star,      ///< `*` where it has no meaning
  port,
  address,      ///< brackets, colons or a last label of digits that make no IP address
  empty_label,  ///< two dots in a row, a dot at the beginning, or nothing beside the `*`
  character,    ///< anything else that no host name contains
};

/// Accepts white space around the rule and after its dash. Pure; any bytes may be given.
Result<Pattern, Fault> parse_pattern(std::string_view rule);

}  // namespace aluvia::rules
