#include "policy/pattern.hpp"

#include "base/ascii.hpp"
#include "base/nearest.hpp"
#include "base/number.hpp"
#include "host/a_labels.hpp"
#include "host/host.hpp"
#include "host/host_port.hpp"
#include "policy/presets.hpp"
#include "rules/pattern_advice.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace aluvia::policy {
namespace {

using Reason = std::string;  // a phrase about the text, and what to write instead

// The host of a pattern and the digits of its port, if there is a colon in front of one.
struct Parts {
  std::string_view host;
  std::optional<std::string_view> port{};
};

// Leaves the colons of an IPv6 address without brackets alone.
Parts split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    const std::string_view behind = end == text.npos ? "" : text.substr(end + 1);
    if (behind.starts_with(':')) return {text.substr(0, end + 1), behind.substr(1)};
    return {text};
  }
  const auto colon = text.find(':');
  const bool is_only = colon != text.npos && text.find(':', colon + 1) == text.npos;
  if (!is_only || text.substr(colon).starts_with("://")) return {text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string_view without_brackets(std::string_view text) {
  const bool both = text.size() > 2 && text.starts_with('[') && text.ends_with(']');
  return both ? text.substr(1, text.size() - 2) : text;
}

// True for what was meant as a network, so that it gets the error of one.
bool looks_like_network(std::string_view host) {
  const auto slash = host.find('/');
  if (slash == 0 || slash == host.npos || host.find("://") != host.npos) return false;
  const std::string_view address = host.substr(0, slash);
  const bool is_v6 = address.find(':') != address.npos;
  return std::ranges::all_of(address, [is_v6](char c) {
    return ascii::is_digit(c) || c == '.' || (is_v6 && (c == ':' || ascii::hex_value(c) >= 0));
  });
}

std::string list_of_presets() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.push_back(fmt::format("@{}", preset.name));
  return fmt::format("{}", fmt::join(names, ", "));
}

Result<Pattern, Reason> parse_preset(std::string_view text) {
  const std::string name = ascii::to_lower(text.substr(1));
  if (find_preset(name)) return Pattern{PresetName{name}};
  if (find_preset(name.substr(0, name.find(':'))))
    return Err{Reason("a preset takes no port; write it without one")};
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.emplace_back(preset.name);
  const std::string_view near = nearest(name, names);
  if (!near.empty()) return Err{fmt::format("there is no such preset; did you mean @{}?", near)};
  return Err{fmt::format("there is no such preset; write one of {}", list_of_presets())};
}

Result<std::uint16_t, Reason> parse_port(std::string_view digits) {
  const auto port = parse_number<std::uint16_t>(digits);
  if (port && *port != 0) return *port;
  return Err{Reason("its port is no number from 1 to 65535; write one like \"example.com:443\"")};
}

Result<Pattern, Reason> parse_host(std::string_view host) {
  if (looks_like_network(without_brackets(host))) {
    auto network = parse_cidr(without_brackets(host));
    if (!network) return Err{std::move(network.error())};
    return Pattern{*network};
  }
  auto rule = rules::parse_pattern(host);
  if (!rule) return Err{rules::reason(host, rule.error())};
  if (rule->excludes) return Err{Reason("it begins with a dash, which only rules may; write it without")};
  if (rule->kind == rules::PatternKind::automatic)
    return Err{Reason("AUTO is a rule and no pattern; name the hosts")};
  if (rule->kind == rules::PatternKind::exact) {
    if (const auto address = address_of(rule->key)) return Pattern{Network{*address, 128}};
  }
  return Pattern{std::move(*rule)};
}

Result<Pattern, Reason> parse_text(std::string_view text) {
  if (text.empty()) return Err{Reason("it is empty; write a host name like \"example.com\"")};
  if (text.starts_with('@')) return parse_preset(text);
  const Parts parts = split(text);
  std::uint16_t port = 0;
  if (parts.port) {
    const auto parsed = parse_port(*parts.port);
    if (!parsed) return Err{parsed.error()};
    port = *parsed;
  }
  auto pattern = parse_host(parts.host);
  if (pattern) pattern->port = port;
  return pattern;
}

std::string target_text(const Pattern& pattern) {
  if (const auto* preset = std::get_if<PresetName>(&pattern.target)) return "@" + preset->name;
  if (const auto* network = std::get_if<Network>(&pattern.target)) return network->text();
  return rules::to_text(std::get<rules::Pattern>(pattern.target));
}

}  // namespace

bool Pattern::is_beyond_rules() const noexcept {
  if (port != 0 || std::holds_alternative<PresetName>(target)) return true;
  const auto* network = std::get_if<Network>(&target);
  return network && !network->is_address();
}

Result<Pattern, std::string> parse_pattern(std::string_view text) {
  text = ascii::trim(text);
  auto pattern = parse_text(text);
  if (!pattern) return Err{fmt::format("pattern {}: {}", rules::quoted_rule(text), pattern.error())};
  return std::move(*pattern);
}

std::string to_text(const Pattern& pattern) {
  std::string text = target_text(pattern);
  if (pattern.port == 0) return text;
  return host::host_port(text, pattern.port);
}

std::string canonical_text(std::string_view text) {
  const auto pattern = parse_pattern(text);
  return pattern ? to_text(*pattern) : ascii::to_lower(ascii::trim(text));
}

std::string shown(std::string_view text, const Pattern& pattern) {
  text = ascii::trim(text);
  return host::is_ascii(text) ? std::string(text) : fmt::format("{} ({})", text, to_text(pattern));
}

}  // namespace aluvia::policy
