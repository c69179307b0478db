#include "rules/pattern.hpp"

#include "base/ascii.hpp"
#include "rules/host_text.hpp"

#include <algorithm>
#include <optional>

namespace aluvia::rules {
namespace {

constexpr std::size_t longest_name = 253;  // RFC 1035 §2.3.4, written with dots

bool has_any(std::string_view text, std::string_view characters) noexcept {
  return text.find_first_of(characters) != std::string_view::npos;
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}
bool is_not_ascii(char c) noexcept {
  return static_cast<unsigned char>(c) > 0x7F;
}

// What is wrong with the bytes, whatever the pattern's shape. The most telling fault comes first: a URL also
// contains slashes and a colon.
std::optional<Fault> fault_in_text(std::string_view text) noexcept {
  if (std::any_of(text.begin(), text.end(), is_control)) return Fault::control;
  if (std::any_of(text.begin(), text.end(), is_not_ascii)) return Fault::not_ascii;
  if (text.find("://") != std::string_view::npos) return Fault::scheme;
  if (has_any(text, "/?#\\")) return Fault::path;
  if (has_any(text, " ")) return Fault::space;
  if (has_any(text, ",;")) return Fault::list;
  if (text.starts_with('-')) return Fault::two_dashes;
  if (text.size() > longest_name) return Fault::too_long;
  return std::nullopt;
}

// Why `host` is no host name. `*` is looked for here, because the ones that mean something are gone by now.
std::optional<Fault> fault_in_name(std::string_view host) noexcept {
  if (has_any(host, "*")) return Fault::star;
  if (has_any(host, "[]")) return Fault::address;
  if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    return host.find(':', colon + 1) == std::string_view::npos ? Fault::port : Fault::address;
  }
  if (is_name(host)) return std::nullopt;
  const bool dots = host.empty() || host.starts_with('.') || host.ends_with('.') ||
                    host.find("..") != std::string_view::npos;
  return dots ? Fault::empty_label : Fault::character;
}

// The inside of "[…]", or the whole text where there are no brackets.
std::string_view without_brackets(std::string_view text) noexcept {
  const bool both = text.size() > 2 && text.starts_with('[') && text.ends_with(']');
  return both ? text.substr(1, text.size() - 2) : text;
}

bool is_address_with_port(std::string_view text) noexcept {
  const auto end = text.find("]:");
  return text.starts_with('[') && end != std::string_view::npos && fold_ipv6(text.substr(1, end - 1));
}

Result<Pattern, Fault> parse_exact(std::string_view host, bool excludes) {
  if (has_any(host, ":[]") && !has_any(host, "*")) {
    if (auto address = fold_ipv6(without_brackets(host))) {
      return Pattern{excludes, PatternKind::exact, std::move(*address)};
    }
    if (is_address_with_port(host)) return Err{Fault::port};
  }
  if (const auto fault = fault_in_name(host)) return Err{*fault};
  auto name = fold_name(host);
  if (!name) return Err{Fault::address};
  return Pattern{excludes, PatternKind::exact, std::move(*name)};
}

Result<Pattern, Fault> parse_wildcard(std::string_view key, PatternKind kind, bool excludes) {
  if (const auto fault = fault_in_name(key)) return Err{*fault};
  return Pattern{excludes, kind, ascii::to_lower(key)};
}

// "*." is no spelling of "*": somebody who lost the name behind it did not mean every host.
std::string_view without_final_dot(std::string_view text) noexcept {
  if (text.ends_with('.') && text != "*.") text.remove_suffix(1);
  return text;
}

}  // namespace

Result<Pattern, Fault> parse_pattern(std::string_view rule) {
  rule = ascii::trim(rule);
  if (rule.empty()) return Err{Fault::empty};
  const bool excludes = rule.starts_with('-');
  if (excludes) rule = ascii::trim(rule.substr(1));
  if (rule.empty()) return Err{Fault::lone_dash};

  const std::string_view text = without_final_dot(rule);
  if (const auto fault = fault_in_text(text)) return Err{*fault};
  if (text == "*") return Pattern{excludes, PatternKind::everything, {}};
  if (ascii::equals_ignoring_case(text, "auto")) return Pattern{excludes, PatternKind::automatic, {}};
  if (text.starts_with("*.")) return parse_wildcard(text.substr(2), PatternKind::suffix, excludes);
  if (text.ends_with(".*")) {
    return parse_wildcard(text.substr(0, text.size() - 2), PatternKind::prefix, excludes);
  }
  return parse_exact(text, excludes);
}

}  // namespace aluvia::rules
