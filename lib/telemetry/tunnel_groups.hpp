// TunnelGrouping: adds up open tunnels by host, port, route and rule, for views that cannot list every
// tunnel.
#pragma once

#include "rules/route.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory_resource>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aluvia::telemetry {

struct TunnelGroup {
  std::string host;  ///< canonical, without a port
  std::uint16_t port = 0;
  rules::Route route = rules::Route::direct;
  std::string rule;  ///< the rule that decided the route, or a phrase if none did
  std::size_t count = 0;
  std::chrono::milliseconds age{0};   ///< of the oldest
  std::chrono::milliseconds idle{0};  ///< since the last byte of any of them
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
};

struct TunnelGroups {
  std::vector<TunnelGroup> groups;  ///< most bytes first
  std::size_t hidden = 0;           ///< number of groups that are not listed
  std::size_t open = 0;             ///< number of tunnels in all groups
};

class TunnelGrouping {
 public:
  struct Key {
    std::string_view host;
    std::uint16_t port;
    rules::Route route;
    std::string_view rule;
    bool operator==(const Key&) const = default;
  };
  struct Tunnel {
    std::chrono::milliseconds age;
    std::chrono::milliseconds idle;
    std::uint64_t bytes_up;
    std::uint64_t bytes_down;
  };

  /// The views of `key` must hold until largest() has returned.
  void add(const Key& key, const Tunnel& tunnel);
  TunnelGroups largest(std::size_t most) const;

 private:
  struct Hash {
    // Few hosts have tunnels under more than one rule, so the rule need not be hashed.
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string_view>{}(key.host) + key.port;
    }
  };
  struct Sums : Tunnel {
    std::size_t count = 0;
  };

  // One arena, because ten thousand hosts would cost as many allocations.
  std::pmr::monotonic_buffer_resource arena_{64 * 1024};
  std::pmr::unordered_map<Key, Sums, Hash> sums_{&arena_};
  std::size_t open_ = 0;
};

}  // namespace aluvia::telemetry
