// Fuzz target for patterns and budgets of the policy: compares a compiled set with the same patterns tried
// one by one.
//
//   input = lines: "?host:port" is looked up, all others are patterns
#include "base/ascii.hpp"
#include "http/authority.hpp"
#include "policy/budget_spec.hpp"
#include "policy/pattern.hpp"
#include "policy/pattern_set.hpp"
#include "policy/presets.hpp"
#include "target.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace aluvia::fuzz {
namespace {

using policy::Network;
using policy::Pattern;
using rules::PatternKind;

struct Input {
  std::vector<std::string> patterns;
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
    } else {
      out.patterns.push_back(line);
    }
  }
  return out;
}

bool matches(const rules::Pattern& rule, const std::string& host) {
  switch (rule.kind) {
    case PatternKind::everything:
      return true;
    case PatternKind::exact:
      return host == rule.key;
    case PatternKind::suffix:
      return host.size() > rule.key.size() + 1 && host.ends_with("." + rule.key);
    case PatternKind::prefix:
      return host.starts_with(rule.key + ".");
    case PatternKind::automatic:
      break;
  }
  return false;
}

// Compares bit by bit, unlike the code under test.
bool holds(const Network& network, const policy::AddressBytes& address) {
  const policy::AddressBytes zero = *policy::address_of("0.0.0.0");
  const bool is_v4 = std::equal(address.begin(), address.begin() + 12, zero.begin());
  if (is_v4 && network.prefix < 96) return false;
  for (unsigned bit = 0; bit < network.prefix; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((network.bytes[bit / 8] ^ address[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool matches(const Pattern& pattern, const http::Authority& authority) {
  if (pattern.port != 0 && pattern.port != authority.port) return false;
  if (const auto* network = std::get_if<Network>(&pattern.target)) {
    const auto address = policy::address_of(authority.host);
    return address && holds(*network, *address);
  }
  if (const auto* preset = std::get_if<policy::PresetName>(&pattern.target)) {
    const auto entries = policy::find_preset(preset->name)->entries();
    return std::any_of(entries.begin(), entries.end(), [&](const policy::PresetEntry& entry) {
      const auto one = policy::parse_pattern(entry.pattern);
      return one && matches(*one, authority);
    });
  }
  return matches(std::get<rules::Pattern>(pattern.target), authority.host);
}

bool is_preset(const Pattern& pattern) {
  return std::holds_alternative<policy::PresetName>(pattern.target);
}

// The order in which one of several patterns is reported.
std::size_t rank(const Pattern& pattern) {
  const std::size_t port = pattern.port == 0 ? 0 : 100'000;
  if (const auto* network = std::get_if<Network>(&pattern.target)) return port + 50'000 + network->prefix;
  const auto& rule = std::get<rules::Pattern>(pattern.target);
  switch (rule.kind) {
    case PatternKind::exact:
      return port + 40'000;
    case PatternKind::suffix:
      return port + 30'000 + rule.key.size();
    case PatternKind::prefix:
      return port + 20'000 + rule.key.size();
    default:
      return port;
  }
}

void check_find(const policy::PatternSet& set, const Input& input, const http::Authority& authority) {
  const std::string found(set.find(authority.host, authority.port));
  bool is_matched = false;
  bool has_preset = false;
  std::string best;
  std::size_t best_rank = 0;
  for (const std::string& text : input.patterns) {
    const auto pattern = policy::parse_pattern(text);
    if (!pattern || !matches(*pattern, authority)) continue;
    is_matched = true;
    if (is_preset(*pattern)) {
      has_preset = true;
    } else if (best.empty() || rank(*pattern) > best_rank) {
      best = policy::shown(text, *pattern);
      best_rank = rank(*pattern);
    }
  }
  require(!found.empty() == is_matched, "one by one the same requests match");
  if (!has_preset) require(found == best, "one by one the same pattern is reported");
}

void check_text(const std::string& text) {
  const auto pattern = policy::parse_pattern(text);
  if (!pattern) {
    const std::string& error = pattern.error();
    require(error.size() < 1000 && error.find('\n') == error.npos, "an error is a line");
    require(error.find("; ") != error.npos, "an error says what to write instead");
    return;
  }
  const std::string written = policy::to_text(*pattern);
  const auto again = policy::parse_pattern(written);
  require(again && policy::to_text(*again) == written,
          "a pattern that was written reads as the same pattern");
  require(policy::canonical_text(text) == written, "the canonical text is the pattern's");
}

void check_budget(const std::string& text) {
  const auto budget = policy::parse_budget(text, 2.5);
  if (!budget) {
    require(budget.error().size() < 1000 && budget.error().find('\n') == std::string::npos,
            "an error is a line");
    return;
  }
  require(budget->bytes > 0 && budget->bytes < std::uint64_t{1} << 63, "a limit is above 0 and below 2^63");
  const auto again = policy::parse_budget(budget->text, 2.5);
  require(again && again->bytes == budget->bytes && again->has_scope_of(*budget),
          "the text of a budget reads as the same budget");
}

// Any pattern can have a budget, and nothing else before the sign can.
void check_budget_of(const std::string& text) {
  if (text.find('=') != text.npos) return;
  const auto pattern = policy::parse_pattern(text);
  const auto budget = policy::parse_budget(text + "=5GB/day", std::nullopt);
  require(budget.has_value() == pattern.has_value(), "a budget takes the patterns of the policy");
  if (pattern) require(budget->pattern == policy::to_text(*pattern), "a budget has its pattern");
}

}  // namespace

void policy(std::string_view text) {
  const Input input = split(text);
  for (const std::string& pattern : input.patterns) {
    check_text(pattern);
    check_budget(pattern);
    check_budget_of(pattern);
  }
  const auto set = policy::PatternSet::compile(input.patterns);
  for (const std::string& asked : input.asked) {
    if (const auto authority = http::parse_authority(asked, 443)) check_find(set, input, *authority);
  }
}

}  // namespace aluvia::fuzz
