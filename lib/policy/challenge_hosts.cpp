#include "policy/challenge_hosts.hpp"

#include "policy/pattern_set.hpp"

#include <string>
#include <vector>

namespace aluvia::policy {

bool is_challenge_host(std::string_view host) {
  static const PatternSet hosts = [] {
    std::vector<std::string> patterns;
    for (const Preset& list : challenge_lists()) {
      for (const PresetEntry& entry : list.entries()) patterns.emplace_back(entry.pattern);
    }
    return PatternSet::compile(patterns);
  }();
  return !hosts.find(host, 443).empty();
}

}  // namespace aluvia::policy
