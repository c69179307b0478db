#include "rules/pattern_index.hpp"

#include <algorithm>

namespace aluvia::rules {

constexpr auto npos = std::string_view::npos;

PatternIndex::PatternIndex(std::pmr::memory_resource* memory)
    : exact_(memory), suffixes_(memory), prefixes_(memory) {}

void PatternIndex::add(PatternKind kind, std::string_view key, std::string_view rule) {
  switch (kind) {
    case PatternKind::exact:
      return exact_.add(key, rule);
    case PatternKind::suffix:
      return suffixes_.add(key, rule);
    case PatternKind::prefix:
      return prefixes_.add(key, rule);
    case PatternKind::everything:
      if (everything_.empty()) everything_ = rule;
      return;
    case PatternKind::automatic:
      return;
  }
}

std::string_view PatternIndex::find(std::string_view host) const noexcept {
  if (const auto rule = exact_.find(host); !rule.empty()) return rule;
  if (const auto rule = find_suffix(host); !rule.empty()) return rule;
  return find_prefix(host);
}

// Looks up every name above the host, the longest first: b.c and c for a.b.c. The search starts behind the
// first byte, because a host that begins with a dot is not below any name.
std::string_view PatternIndex::find_suffix(std::string_view host) const noexcept {
  const std::size_t longest = suffixes_.longest_key;
  if (longest == 0) return {};
  const std::size_t start = host.size() > longest + 1 ? host.size() - longest - 1 : 1;
  for (auto dot = host.find('.', start); dot != npos; dot = host.find('.', dot + 1)) {
    if (const auto rule = suffixes_.find(host.substr(dot + 1)); !rule.empty()) return rule;
  }
  return {};
}

// Looks up every run of leading labels, the longest first: a.b and a for a.b.c.
std::string_view PatternIndex::find_prefix(std::string_view host) const noexcept {
  const std::size_t longest = prefixes_.longest_key;
  if (longest == 0) return {};
  for (auto dot = host.rfind('.', longest); dot != npos && dot > 0; dot = host.rfind('.', dot - 1)) {
    if (const auto rule = prefixes_.find(host.substr(0, dot)); !rule.empty()) return rule;
  }
  return {};
}

void PatternIndex::Table::add(std::string_view key, std::string_view rule) {
  rules.try_emplace(key, rule);
  longest_key = std::max(longest_key, key.size());
}

std::string_view PatternIndex::Table::find(std::string_view key) const noexcept {
  if (key.size() > longest_key) return {};
  const auto found = rules.find(key);
  return found == rules.end() ? std::string_view() : found->second;
}

}  // namespace aluvia::rules
