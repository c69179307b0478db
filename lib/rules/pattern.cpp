#include "rules/pattern.hpp"

#include "base/ascii.hpp"
#include "host/a_labels.hpp"
#include "host/host.hpp"

#include <algorithm>
#include <optional>

namespace aluvia::rules {
namespace {

bool has_any(std::string_view text, std::string_view characters) noexcept {
  return text.find_first_of(characters) != std::string_view::npos;
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

// Returns the first error in the characters of a rule. The most helpful one is checked first: a URL also
// contains slashes and a colon.
std::optional<PatternError> error_in_text(std::string_view text) noexcept {
  if (std::any_of(text.begin(), text.end(), is_control)) return PatternError::control;
  if (text.find("://") != std::string_view::npos) return PatternError::scheme;
  if (has_any(text, "/?#\\")) return PatternError::path;
  if (has_any(text, " ")) return PatternError::space;
  if (has_any(text, ",;")) return PatternError::list;
  if (text.starts_with('-')) return PatternError::two_dashes;
  return std::nullopt;
}

bool is_auto(std::string_view text) noexcept {
  return ascii::equals_ignoring_case(text, "auto");
}

PatternError error_of(host::HostError error) noexcept {
  using Error = host::HostError;
  switch (error) {
    case Error::empty:
    case Error::empty_label:
      return PatternError::empty_label;
    case Error::long_label:
      return PatternError::long_label;
    case Error::long_name:
      return PatternError::too_long;
    case Error::not_ascii:
      return PatternError::not_ascii;
    case Error::not_ipv4:
    case Error::not_ipv6:
    case Error::zone_id:
    case Error::open_bracket:
      return PatternError::address;
    case Error::percent:
    case Error::user_information:
    case Error::character:
      break;
  }
  return PatternError::character;
}

// Returns the first error in the shape of a host name. A `*` is an error here, because the caller has removed
// those with a meaning.
std::optional<PatternError> error_in_shape(std::string_view host) noexcept {
  if (has_any(host, "*")) return PatternError::star;
  if (has_any(host, "[]")) return PatternError::address;
  if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    return host.find(':', colon + 1) == std::string_view::npos ? PatternError::port : PatternError::address;
  }
  return std::nullopt;
}

// Returns the labels of a host name in the form of requests.
Result<std::string, PatternError> read_labels(std::string_view name) {
  if (const auto error = error_in_shape(name)) return Err{*error};
  const auto in_ascii = host::to_a_labels(name);
  if (!in_ascii) return Err{PatternError::not_ascii};
  auto labels = host::canonical_labels(*in_ascii);
  if (!labels) return Err{error_of(labels.error())};
  // A fullwidth dash (U+FF0D) becomes '-': it must not turn an exclusion into a host.
  if (labels->starts_with('-') && !name.starts_with('-')) return Err{PatternError::not_ascii};
  return std::move(*labels);
}

// Returns the text inside "[…]", or the whole text if there are no brackets.
std::string_view without_brackets(std::string_view text) noexcept {
  const bool both = text.size() > 2 && text.starts_with('[') && text.ends_with(']');
  return both ? text.substr(1, text.size() - 2) : text;
}

bool is_address_with_port(std::string_view text) noexcept {
  const auto end = text.find("]:");
  return text.starts_with('[') && end != std::string_view::npos &&
         host::canonical_ipv6(text.substr(1, end - 1));
}

Result<Pattern, PatternError> parse_exact(std::string_view text, bool excludes) {
  if (has_any(text, ":[]") && !has_any(text, "*")) {
    if (auto address = host::canonical_ipv6(without_brackets(text))) {
      return Pattern{excludes, PatternKind::exact, std::move(address->text)};
    }
    if (is_address_with_port(text)) return Err{PatternError::port};
  }
  const auto labels = read_labels(text);
  if (!labels) return Err{labels.error()};
  if (is_auto(*labels)) return Pattern{excludes, PatternKind::automatic, {}};
  auto name = host::canonical_name(*labels);
  if (!name) return Err{error_of(name.error())};
  return Pattern{excludes, PatternKind::exact, std::move(name->text)};
}

Result<Pattern, PatternError> parse_wildcard(std::string_view key, PatternKind kind, bool excludes) {
  auto labels = read_labels(key);
  if (!labels) return Err{labels.error()};
  return Pattern{excludes, kind, std::move(*labels)};
}

// Keeps "*.", so that it is an error and not a spelling of "*": the name behind it was lost.
std::string_view without_final_dot(std::string_view text) noexcept {
  if (text.ends_with('.') && text != "*.") text.remove_suffix(1);
  return text;
}

}  // namespace

Result<Pattern, PatternError> parse_pattern(std::string_view rule) {
  rule = ascii::trim(rule);
  if (rule.empty()) return Err{PatternError::empty};
  const bool excludes = rule.starts_with('-');
  if (excludes) rule = ascii::trim(rule.substr(1));
  if (rule.empty()) return Err{PatternError::lone_dash};

  const std::string dotted = host::is_ascii(rule) ? std::string() : host::with_ascii_dots(rule);
  const std::string_view text = without_final_dot(dotted.empty() ? rule : dotted);
  if (const auto error = error_in_text(text)) return Err{*error};
  if (text == "*") return Pattern{excludes, PatternKind::everything, {}};
  if (is_auto(text)) return Pattern{excludes, PatternKind::automatic, {}};
  if (text.starts_with("*.")) return parse_wildcard(text.substr(2), PatternKind::suffix, excludes);
  if (text.ends_with(".*")) {
    return parse_wildcard(text.substr(0, text.size() - 2), PatternKind::prefix, excludes);
  }
  return parse_exact(text, excludes);
}

std::string to_text(const Pattern& pattern) {
  const std::string dash = pattern.excludes ? "-" : "";
  switch (pattern.kind) {
    case PatternKind::everything:
      return dash + "*";
    case PatternKind::automatic:
      return dash + "AUTO";
    case PatternKind::suffix:
      return dash + "*." + pattern.key;
    case PatternKind::prefix:
      return dash + pattern.key + ".*";
    case PatternKind::exact:
      break;
  }
  return dash + pattern.key;
}

}  // namespace aluvia::rules
