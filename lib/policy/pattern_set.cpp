#include "policy/pattern_set.hpp"

#include "base/ascii.hpp"
#include "policy/presets.hpp"
#include "rules/pattern_index.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory_resource>
#include <unordered_map>
#include <vector>

namespace aluvia::policy {
namespace {

struct HashAddress {
  std::size_t operator()(const AddressBytes& address) const noexcept {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(address.data()), address.size()});
  }
};

// Networks by the length of their prefix, the longest first.
class NetworkTable {
 public:
  explicit NetworkTable(std::pmr::memory_resource* memory) : lengths_(memory) {}

  void add(const Network& network, std::string_view text) {
    const auto at = std::ranges::lower_bound(lengths_, network.prefix, std::greater<>(), &Length::prefix);
    const bool is_new = at == lengths_.end() || at->prefix != network.prefix;
    auto* const memory = lengths_.get_allocator().resource();
    Length& length = is_new ? *lengths_.emplace(at, network.prefix, memory) : *at;
    length.texts.try_emplace(network.bytes, text);
  }

  std::string_view find(const AddressBytes& address) const noexcept {
    for (const Length& length : lengths_) {
      const Network network{masked(address, length.prefix), length.prefix};
      if (!network.contains(address)) continue;  // IPv4 is in no network that is larger than all of IPv4
      const auto found = length.texts.find(network.bytes);
      if (found != length.texts.end()) return found->second;
    }
    return {};
  }

  bool empty() const noexcept { return lengths_.empty(); }

 private:
  struct Length {
    Length(unsigned bits, std::pmr::memory_resource* memory) : prefix(bits), texts(memory) {}

    unsigned prefix;
    std::pmr::unordered_map<AddressBytes, std::string_view, HashAddress> texts;
  };

  std::pmr::vector<Length> lengths_;
};

// The patterns for one port, or those without.
struct PortIndex {
  explicit PortIndex(std::pmr::memory_resource* memory) : networks(memory), names(memory) {}

  std::string_view find(std::string_view host, const std::optional<AddressBytes>& address) const noexcept {
    if (address) {
      if (const auto text = networks.find(*address); !text.empty()) return text;
    }
    if (const auto text = names.find(host); !text.empty()) return text;
    return names.everything();
  }

  NetworkTable networks;
  rules::PatternIndex names;
};

}  // namespace

// All texts, tables and nodes are in one arena, so that a set is freed at once.
struct PatternSet::Index {
  std::pmr::monotonic_buffer_resource memory;
  PortIndex every_port{&memory};
  std::pmr::unordered_map<std::uint16_t, PortIndex> ports{&memory};
  bool has_networks = false;
  std::string_view prefix;  // valid while compile() runs
  std::size_t size = 0;

  void add(std::string_view text);
  void add_preset(std::string_view name, std::string_view text);
  void add_target(const Pattern& pattern, std::string_view text);
  const PortIndex* of(std::uint16_t port) const noexcept;
  std::string_view keep(std::string_view text);
};

std::string_view PatternSet::Index::keep(std::string_view text) {
  if (text.empty()) return {};
  char* const bytes = static_cast<char*>(memory.allocate(text.size(), 1));
  std::copy(text.begin(), text.end(), bytes);
  return {bytes, text.size()};
}

void PatternSet::Index::add(std::string_view text) {
  const auto pattern = parse_pattern(text);
  if (!pattern) return;
  ++size;
  const std::string_view kept = keep(std::string(prefix) + shown(text, *pattern));
  if (const auto* preset = std::get_if<PresetName>(&pattern->target)) return add_preset(preset->name, kept);
  add_target(*pattern, kept);
}

// A preset in a preset would need a limit of depth, and none has use for it.
void PatternSet::Index::add_preset(std::string_view name, std::string_view text) {
  for (const PresetEntry& entry : find_preset(name)->entries()) {
    const auto pattern = parse_pattern(entry.pattern);
    if (pattern && !std::holds_alternative<PresetName>(pattern->target)) add_target(*pattern, text);
  }
}

void PatternSet::Index::add_target(const Pattern& pattern, std::string_view text) {
  PortIndex& index = pattern.port == 0 ? every_port : ports.try_emplace(pattern.port, &memory).first->second;
  if (const auto* network = std::get_if<Network>(&pattern.target)) {
    has_networks = true;
    return index.networks.add(*network, text);
  }
  const auto& rule = std::get<rules::Pattern>(pattern.target);
  const auto key_at = text.rfind(rule.key);
  const bool is_inside = key_at != text.npos;
  index.names.add(rule.kind, is_inside ? text.substr(key_at, rule.key.size()) : keep(rule.key), text);
}

const PortIndex* PatternSet::Index::of(std::uint16_t port) const noexcept {
  if (ports.empty()) return nullptr;
  const auto found = ports.find(port);
  return found == ports.end() ? nullptr : &found->second;
}

PatternSet::PatternSet() = default;
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;
PatternSet::~PatternSet() = default;

// Presets come last, so that the pattern that a person wrote is reported before an equal one of a preset.
PatternSet PatternSet::compile(std::span<const std::string> texts, std::string_view prefix) {
  auto index = std::make_unique<Index>();
  index->prefix = prefix;
  const auto is_preset = [](std::string_view text) { return ascii::trim(text).starts_with('@'); };
  for (const std::string& text : texts) {
    if (!is_preset(text)) index->add(text);
  }
  for (const std::string& text : texts) {
    if (is_preset(text)) index->add(text);
  }
  index->prefix = {};
  PatternSet set;
  if (index->size > 0) set.index_ = std::move(index);
  return set;
}

std::string_view PatternSet::find(std::string_view host, std::uint16_t port) const noexcept {
  if (!index_) return {};
  const auto address = index_->has_networks ? address_of(host) : std::nullopt;
  if (const PortIndex* const index = index_->of(port)) {
    if (const auto text = index->find(host, address); !text.empty()) return text;
  }
  return index_->every_port.find(host, address);
}

std::string_view PatternSet::find_address(const AddressBytes& address, std::uint16_t port) const noexcept {
  if (!has_networks()) return {};
  if (const PortIndex* const index = index_->of(port)) {
    if (const auto text = index->networks.find(address); !text.empty()) return text;
  }
  return index_->every_port.networks.find(address);
}

bool PatternSet::has_networks() const noexcept {
  return index_ && index_->has_networks;
}

std::size_t PatternSet::size() const noexcept {
  return index_ ? index_->size : 0;
}

}  // namespace aluvia::policy
