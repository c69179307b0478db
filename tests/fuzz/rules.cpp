// Fuzz target for rules: compares a compiled rule set with the same rules tried one by one.
//
//   input = lines: "?host" is looked up, "@host" is an entry of AUTO, all others are rules
#include "base/ascii.hpp"
#include "host/a_labels.hpp"
#include "http/authority.hpp"
#include "rules/pattern.hpp"
#include "rules/pattern_advice.hpp"
#include "rules/rule_set.hpp"
#include "target.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace aluvia::fuzz {
namespace {

using rules::Pattern;
using rules::PatternKind;

struct Input {
  std::vector<std::string> rules;
  std::vector<std::string> auto_hosts;
  std::vector<std::string> asked;
};

Input split(std::string_view text) {
  Input out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('?')) {
      out.asked.push_back(line.substr(1));
    } else if (line.starts_with('@')) {
      out.auto_hosts.push_back(line.substr(1));
    } else {
      out.rules.push_back(line);
    }
  }
  return out;
}

bool matches(const Pattern& pattern, const std::string& host) {
  switch (pattern.kind) {
    case PatternKind::everything:
      return true;
    case PatternKind::exact:
      return host == pattern.key;
    case PatternKind::suffix:
      return host.size() > pattern.key.size() + 1 && host.ends_with("." + pattern.key);
    case PatternKind::prefix:
      return host.starts_with(pattern.key + ".");
    case PatternKind::automatic:
      break;
  }
  return false;
}

bool is_in_auto(const Input& input, const std::string& host) {
  return std::any_of(input.auto_hosts.begin(), input.auto_hosts.end(), [&](const std::string& text) {
    const auto pattern = rules::parse_pattern(text);
    return pattern && !pattern->excludes && matches(*pattern, host);
  });
}

// The most specific first: exact, the longest suffix, the longest prefix, AUTO, `*`.
std::size_t rank(const Pattern& pattern) {
  switch (pattern.kind) {
    case PatternKind::exact:
      return 4000;
    case PatternKind::suffix:
      return 3000 + pattern.key.size();
    case PatternKind::prefix:
      return 2000 + pattern.key.size();
    case PatternKind::automatic:
      return 1000;
    case PatternKind::everything:
      break;
  }
  return 1;
}

// As a match names it.
std::string shown(const std::string& rule, const Pattern& pattern) {
  const std::string text(ascii::trim(rule));
  return host::is_ascii(text) ? text : text + " (" + rules::to_text(pattern) + ")";
}

// The deciding rule of one side, or empty.
std::string decide(const Input& input, const std::string& host, bool excludes) {
  std::string rule;
  std::size_t best = 0;
  for (const std::string& text : input.rules) {
    const auto pattern = rules::parse_pattern(text);
    if (!pattern || pattern->excludes != excludes) continue;
    const bool is_auto = pattern->kind == PatternKind::automatic;
    if (!(is_auto ? is_in_auto(input, host) : matches(*pattern, host)) || rank(*pattern) <= best) continue;
    best = rank(*pattern);
    rule = is_auto ? (excludes ? "-AUTO" : "AUTO") : shown(text, *pattern);
  }
  return rule;
}

void check_match(const rules::RuleSet& set, const Input& input, const std::string& host) {
  const rules::Match match = set.match(host);
  const std::string against = decide(input, host, true);
  const std::string for_it = decide(input, host, false);
  const bool goes = against.empty() && !for_it.empty();
  require(match.route == (goes ? rules::Route::gateway : rules::Route::direct),
          "one by one the route is the same");
  require(match.rule == (against.empty() ? for_it : against), "one by one the same rule decides");
}

// A rule and a request that name one host make one text of it, and what is a host to a request is a rule.
void check_folding(const std::string& text) {
  const auto pattern = rules::parse_pattern(text);
  const auto trimmed = ascii::trim(text);
  const bool is_host = http::parse_host(trimmed) && !trimmed.starts_with('-');
  require(pattern || !is_host, "each host of a request can be a rule");
  if (pattern) {
    const std::string written = rules::to_text(*pattern);
    const auto again = rules::parse_pattern(written);
    require(host::is_ascii(written), "a pattern is written in ASCII");
    require(again && rules::to_text(*again) == written,
            "a pattern that was written reads as the same pattern");
  }
  if (!pattern || pattern->kind != PatternKind::exact) return;
  const auto host = http::parse_host(pattern->key);
  require(host && host->host == pattern->key, "a rule's host is folded like a request's");
  const auto written = http::parse_host(ascii::trim(text));
  if (written && !pattern->excludes) require(written->host == pattern->key, "rule and request fold alike");
}

void check_warnings(const std::vector<std::string>& warnings) {
  require(warnings.size() <= 21, "warnings are few");
  for (const std::string& warning : warnings) {
    require(warning.size() < 1000, "a warning is a line");
    require(std::none_of(warning.begin(), warning.end(), [](char c) { return c == '\n' || c == '\x1b'; }),
            "a warning is a line");
  }
}

}  // namespace

void rules(std::string_view text) {
  const Input input = split(text);
  std::vector<std::string> warnings;
  const auto set = rules::RuleSet::compile(input.rules, input.auto_hosts, warnings);
  check_warnings(warnings);
  for (const std::string& rule : input.rules) check_folding(rule);
  for (const std::string& asked : input.asked) {
    check_match(set, input, asked);
    if (const auto host = http::parse_host(asked)) check_match(set, input, host->host);
  }
}

}  // namespace aluvia::fuzz
