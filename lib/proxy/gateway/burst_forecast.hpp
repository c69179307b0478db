// BurstForecast: a page begins with one tunnel, and a burst of others follows a moment later. This counts the
// bursts, and predicts each by the last one that began with the same host. It uses no socket and no clock.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aluvia::proxy {

/// Loop thread only.
class BurstForecast {
 public:
  /// Records the first request to the gateway after a quiet time. It ends the burst before.
  void begin(std::string_view host);
  /// Records another one of the same burst.
  void follow() noexcept { ++size_; }

  /// Returns how many requests the present burst will have, with its first; 0: unknown.
  std::size_t expected() const noexcept { return expected_; }

 private:
  std::string opener_;
  std::size_t size_ = 0;
  std::size_t expected_ = 0;
  std::unordered_map<std::string, std::size_t> sizes_;  // of the last burst of each host
};

}  // namespace aluvia::proxy
