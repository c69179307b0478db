#include "config/user_change.hpp"

#include "base/ascii.hpp"
#include "base/json_writer.hpp"
#include "policy/local_rules.hpp"
#include "rules/pattern.hpp"
#include "rules/pattern_advice.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::config {
namespace {

void write_or_clear(JsonWriter& out, std::string_view name,
                    const std::optional<std::optional<std::string>>& value) {
  if (value) out.text_or_null(name, *value);
}

// Returns the size in JSON: each rule with its quotes and a comma.
std::size_t bytes_of(std::span<const std::string> rules) {
  std::size_t size = 0;
  for (const std::string& rule : rules) size += rule.size() + 3;
  return size;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

std::string encode_user_change(const UserChange& change) {
  JsonWriter out;
  out.begin_object();
  if (change.rules) out.texts("rules", *change.rules);
  write_or_clear(out, "session_id", change.session_id);
  write_or_clear(out, "target_geo", change.target_geo);
  out.end_object();
  return std::string(out.take().view());
}

std::string canonical_rule(const std::string& rule) {
  const auto pattern = rules::parse_pattern(rule);
  return pattern ? rules::to_text(*pattern) : policy::canonical_local_rule(rule);
}

// The rule set ignores invalid rules with a warning; an edit that contains one is rejected instead.
std::string rule_error(const std::string& rule) {
  const auto pattern = rules::parse_pattern(rule);
  if (pattern) return {};
  return fmt::format("rule {}: {}", rules::quoted_rule(ascii::trim(rule)),
                     rules::reason(rule, pattern.error()));
}

std::string size_error(std::span<const std::string> rules) {
  const std::size_t size = bytes_of(rules);
  if (size <= most_rule_bytes) return {};
  return fmt::format("the {} rules have {} bytes: an account takes at most {}", rules.size(), size,
                     most_rule_bytes);
}

std::string rules_error(std::span<const std::string> rules) {
  if (std::string why = size_error(rules); !why.empty()) return why;
  for (const std::string& rule : rules) {
    if (std::string why = rule_error(rule); !why.empty()) return why;
  }
  return {};
}

std::string local_rules_error(std::span<const std::string> rules) {
  if (std::string why = size_error(rules); !why.empty()) return why;
  for (const std::string& rule : rules) {
    if (std::string why = policy::local_rule_error(rule); !why.empty()) return why;
  }
  return {};
}

std::string geo_error(std::string_view geo) {
  if (geo.empty()) return "a geo is not empty: clear it instead";
  if (geo.size() > longest_geo)
    return fmt::format("a geo has at most {} characters, not {}", longest_geo, geo.size());
  return is_printable(geo) ? "" : "a geo has no control characters and nothing outside ASCII in it";
}

std::string session_id_error(std::string_view id) {
  if (id.empty()) return "a session id is not empty: clear it instead";
  if (id.size() > longest_session_id)
    return fmt::format("a session id has at most {} characters, not {}", longest_session_id, id.size());
  const bool fits = std::all_of(id.begin(), id.end(), ascii::is_alnum);
  return fits ? "" : "a session id has letters and digits only";
}

}  // namespace aluvia::config
