#include "rules/pattern_advice.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"
#include "base/visible.hpp"

#include <algorithm>

namespace aluvia::rules {
namespace {

constexpr std::size_t quoted_bytes = 80;

// Returns the first 80 bytes of a text, cut between two characters (UTF-8).
std::string shortened(std::string_view text) {
  if (text.size() <= quoted_bytes) return visible(text);
  std::size_t end = quoted_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return visible(text.substr(0, end)) + "…";
}

std::string_view without_port(std::string_view host) noexcept {
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos) return host;
  const std::string_view port = host.substr(colon + 1);
  const bool numeric = std::all_of(port.begin(), port.end(), ascii::is_digit);
  const bool unambiguous = host.find(':') == colon || (colon > 0 && host[colon - 1] == ']');
  return numeric && unambiguous ? host.substr(0, colon) : host;
}

// Returns the host of a URL without scheme, userinfo, path and port.
std::string_view host_of(std::string_view text) noexcept {
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find_first_of("/?#\\"));
  if (const auto at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  return without_port(text);
}

// Adds the missing dot to "*example.com", ".example.com" and "google*".
std::string with_dots(std::string_view host) {
  if (host.starts_with('.')) return fmt::format("*{}", host);
  if (host.starts_with('*') && !host.starts_with("*.")) return fmt::format("*.{}", host.substr(1));
  if (host.ends_with('*') && !host.ends_with(".*"))
    return fmt::format("{}.*", host.substr(0, host.size() - 1));
  return std::string(host);
}

// Returns the rule that was probably meant, or an empty text.
std::string suggestion(std::string_view rule) {
  rule = ascii::trim(rule);
  const auto pattern_at = std::min(rule.find_first_not_of('-'), rule.size());
  const std::string host = with_dots(host_of(rule.substr(pattern_at)));
  const std::string candidate = fmt::format("{}{}", pattern_at > 0 ? "-" : "", ascii::to_lower(host));
  return parse_pattern(candidate) ? candidate : std::string();
}

std::string_view problem(PatternError error) noexcept {
  switch (error) {
    case PatternError::empty:
      return "it is empty";
    case PatternError::lone_dash:
      return "nothing follows the dash";
    case PatternError::control:
      return "it contains a control character";
    case PatternError::not_ascii:
      return "it has a character outside ASCII that no host name has in a browser";
    case PatternError::scheme:
      return "it is a URL, and rules are host names";
    case PatternError::path:
      return "it contains a path, and rules are host names";
    case PatternError::space:
      return "it contains a space";
    case PatternError::list:
      return "it contains a comma or semicolon";
    case PatternError::two_dashes:
      return "it begins with two dashes";
    case PatternError::too_long:
      return "it is longer than the 253 bytes of a host name";
    case PatternError::long_label:
      return "a label between its dots is longer than 63 bytes";
    case PatternError::star:
      return "its * is in a position without meaning";
    case PatternError::port:
      return "it contains a port, and rules are for all ports of a host";
    case PatternError::address:
      return "it looks like an IP address and is not valid";
    case PatternError::empty_label:
      return "a label between its dots is empty";
    case PatternError::character:
      return "it contains a character that no host name has";
  }
  return "it is not a rule";
}

// Returns the advice for a rule without a suggestion.
std::string_view remedy(PatternError error) noexcept {
  switch (error) {
    case PatternError::lone_dash:
      return "write the host to exclude behind it, like \"-example.com\"";
    case PatternError::not_ascii:
      return "write the name in its ASCII form, like \"xn--bcher-kva.example\"";
    case PatternError::space:
    case PatternError::list:
      return "write every rule as an entry of its own, like \"example.com\"";
    case PatternError::star:
      return "write it alone (\"*\"), first (\"*.example.com\") or last (\"google.*\")";
    case PatternError::address:
      return "write an address like \"192.0.2.1\" or \"2001:db8::1\"";
    default:
      return "write a host name like \"example.com\" or \"*.example.com\"";
  }
}

}  // namespace

// A URL pasted as a rule may hold a password, and warnings are logged, so nothing before the last '@' is
// shown.
std::string quoted_rule(std::string_view rule) {
  const auto at = rule.rfind('@');
  if (at == std::string_view::npos || at == 0) return fmt::format("\"{}\"", shortened(rule));
  return fmt::format("\"…{}\"", shortened(rule.substr(at)));
}

std::string reason(std::string_view rule, PatternError error) {
  const std::string instead = suggestion(rule);
  const std::string fix = instead.empty() ? std::string(remedy(error)) : fmt::format("write \"{}\"", instead);
  return fmt::format("{}; {}", problem(error), fix);
}

std::string advice(std::string_view rule, PatternError error) {
  return fmt::format("rule {} is ignored: {}", quoted_rule(ascii::trim(rule)), reason(rule, error));
}

}  // namespace aluvia::rules
