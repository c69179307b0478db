#include "rules/rule_set.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"
#include "host/a_labels.hpp"
#include "rules/pattern.hpp"
#include "rules/pattern_advice.hpp"
#include "rules/pattern_index.hpp"

#include <algorithm>
#include <memory_resource>

namespace aluvia::rules {
namespace {

constexpr std::size_t most_warnings = 20;

class Warnings {
 public:
  explicit Warnings(std::vector<std::string>& out) : out_(out) {}

  void add(std::string sentence) {
    if (++count_ <= most_warnings) out_.push_back(std::move(sentence));
  }

  void finish() {
    if (count_ <= most_warnings) return;
    out_.push_back(fmt::format("{} more rules are ignored for such reasons", count_ - most_warnings));
  }

 private:
  std::vector<std::string>& out_;
  std::size_t count_ = 0;
};

// A named list of patterns that one rule refers to: those of AUTO, from the API and learned.
struct Preset {
  std::string_view rule;  // the text of a match
  const PatternIndex* hosts;

  std::string_view find(std::string_view host) const noexcept {
    const bool matches = !hosts->find(host).empty() || !hosts->everything().empty();
    return matches ? rule : std::string_view();
  }
};

// The exclusions or the inclusions of a rule set.
struct Side {
  explicit Side(std::pmr::memory_resource* memory) : listed(memory), presets(memory) {}

  // Returns the most specific matching rule, or empty.
  std::string_view find(std::string_view host) const noexcept {
    if (const auto rule = listed.find(host); !rule.empty()) return rule;
    for (const Preset& preset : presets) {
      if (const auto rule = preset.find(host); !rule.empty()) return rule;
    }
    return listed.everything();
  }

  PatternIndex listed;
  std::pmr::vector<Preset> presets;
};

}  // namespace

// All texts, tables and nodes are in one arena, so that the rules of a snapshot are freed at once.
struct RuleSet::Index {
  std::pmr::monotonic_buffer_resource memory;
  PatternIndex auto_hosts{&memory};
  PatternIndex learned_hosts{&memory};
  Side exclusions{&memory};
  Side inclusions{&memory};
  std::size_t size = 0;

  bool uses_auto() const noexcept { return !exclusions.presets.empty() || !inclusions.presets.empty(); }
  void add_rule(std::string_view text, Warnings& warnings);
  void add_auto(bool excludes);
  void compile_auto_hosts(std::span<const std::string> hostnames, Warnings& warnings);
  void compile_learned(std::span<const std::string> hosts);
  void add_pattern(PatternIndex& index, const Pattern& pattern, std::string_view text);
  std::string_view keep(std::string_view text);
};

std::string_view RuleSet::Index::keep(std::string_view text) {
  if (text.empty()) return {};
  char* const bytes = static_cast<char*>(memory.allocate(text.size(), 1));
  std::copy(text.begin(), text.end(), bytes);
  return {bytes, text.size()};
}

// The key is usually a part of the rule's text; then only the text is stored.
void RuleSet::Index::add_pattern(PatternIndex& index, const Pattern& pattern, std::string_view text) {
  const std::string_view rule = keep(text);
  const auto key_at = rule.rfind(pattern.key);
  const bool inside = key_at != std::string_view::npos;
  index.add(pattern.kind, inside ? rule.substr(key_at, pattern.key.size()) : keep(pattern.key), rule);
}

void RuleSet::Index::add_rule(std::string_view text, Warnings& warnings) {
  const auto pattern = parse_pattern(text);
  if (!pattern) return warnings.add(advice(text, pattern.error()));
  ++size;
  if (pattern->kind == PatternKind::automatic) return add_auto(pattern->excludes);
  auto& listed = pattern->excludes ? exclusions.listed : inclusions.listed;
  text = ascii::trim(text);
  if (host::is_ascii(text)) return add_pattern(listed, *pattern, text);
  add_pattern(listed, *pattern, fmt::format("{} ({})", text, to_text(*pattern)));
}

void RuleSet::Index::add_auto(bool excludes) {
  auto& presets = excludes ? exclusions.presets : inclusions.presets;
  if (presets.empty()) presets.push_back({excludes ? "-AUTO" : "AUTO", &auto_hosts});
}

// The preset may hold plain patterns only: an exclusion in it would contradict "exclusions always win" for
// -AUTO, and AUTO inside AUTO has no meaning.
void RuleSet::Index::compile_auto_hosts(std::span<const std::string> hostnames, Warnings& warnings) {
  for (const std::string& text : hostnames) {
    const auto pattern = parse_pattern(text);
    if (!pattern) {
      warnings.add(fmt::format("AUTO list: {}", advice(text, pattern.error())));
    } else if (pattern->excludes || pattern->kind == PatternKind::automatic) {
      warnings.add(fmt::format("AUTO list: \"{}\" is ignored: only hosts and patterns are allowed there",
                               printable(text, 80)));
    } else {
      add_pattern(auto_hosts, *pattern, ascii::trim(text));
    }
  }
}

// A file holds them between two runs: a pattern in it must not send more than one host through the gateway.
void RuleSet::Index::compile_learned(std::span<const std::string> hosts) {
  if (hosts.empty()) return;
  if (!exclusions.presets.empty()) exclusions.presets.push_back({"-AUTO", &learned_hosts});
  if (!inclusions.presets.empty()) inclusions.presets.push_back({learned_rule, &learned_hosts});
  for (const std::string& host : hosts) {
    const auto pattern = parse_pattern(host);
    if (pattern && !pattern->excludes && pattern->kind == PatternKind::exact)
      add_pattern(learned_hosts, *pattern, host);
  }
}

RuleSet::RuleSet() = default;
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;
RuleSet::~RuleSet() = default;

RuleSet RuleSet::compile(std::span<const std::string> rules, std::span<const std::string> auto_hostnames,
                         std::vector<std::string>& warnings, std::span<const std::string> learned) {
  Warnings limited(warnings);
  auto index = std::make_unique<Index>();
  for (const std::string& rule : rules) index->add_rule(rule, limited);
  if (index->uses_auto()) {
    index->compile_auto_hosts(auto_hostnames, limited);
    index->compile_learned(learned);
  }
  limited.finish();
  RuleSet set;
  set.index_ = std::move(index);
  return set;
}

Match RuleSet::match(std::string_view host) const {
  if (!index_) return {};
  if (const auto rule = index_->exclusions.find(host); !rule.empty()) return {Route::direct, rule};
  if (const auto rule = index_->inclusions.find(host); !rule.empty()) return {Route::gateway, rule};
  return {};
}

bool RuleSet::uses_auto() const noexcept {
  return index_ && index_->uses_auto();
}

bool RuleSet::takes_auto() const noexcept {
  return index_ && !index_->inclusions.presets.empty() && index_->exclusions.presets.empty();
}

std::size_t RuleSet::size() const noexcept {
  return index_ ? index_->size : 0;
}

}  // namespace aluvia::rules
