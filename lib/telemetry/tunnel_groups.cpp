#include "telemetry/tunnel_groups.hpp"

#include <algorithm>

namespace aluvia::telemetry {

void TunnelGrouping::add(const Key& key, const Tunnel& tunnel) {
  ++open_;
  const auto [place, is_new] = sums_.try_emplace(key, Sums{tunnel, 1});
  if (is_new) return;
  Sums& sums = place->second;
  ++sums.count;
  sums.age = std::max(sums.age, tunnel.age);
  sums.idle = std::min(sums.idle, tunnel.idle);
  sums.bytes_up += tunnel.bytes_up;
  sums.bytes_down += tunnel.bytes_down;
}

TunnelGroups TunnelGrouping::largest(std::size_t most) const {
  std::vector<const std::pair<const Key, Sums>*> sorted;
  sorted.reserve(sums_.size());
  for (const auto& group : sums_) sorted.push_back(&group);
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(most, sorted.size()));
  // Equal sums are sorted by name, so that the lines of a view do not jump.
  std::partial_sort(sorted.begin(), end, sorted.end(), [](const auto* one, const auto* other) {
    const auto bytes = [](const Sums& sums) { return sums.bytes_up + sums.bytes_down; };
    const auto a = bytes(one->second);
    const auto b = bytes(other->second);
    return a != b ? a > b : one->first.host < other->first.host;
  });
  TunnelGroups out;
  out.open = open_;
  out.hidden = static_cast<std::size_t>(sorted.end() - end);
  for (auto group = sorted.begin(); group != end; ++group) {
    const auto& [key, sums] = **group;
    out.groups.push_back({std::string(key.host), key.port, key.route, std::string(key.rule), sums.count,
                          sums.age, sums.idle, sums.bytes_up, sums.bytes_down});
  }
  return out;
}

}  // namespace aluvia::telemetry
