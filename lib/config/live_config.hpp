// LiveConfig: holds the snapshot that the data plane uses now. Loop thread only, so it needs neither a mutex
// nor an atomic; the control plane never sees it.
#pragma once

#include "config/user_network_config.hpp"

#include <utility>

namespace aluvia::config {

class LiveConfig {
 public:
  /// Returns the current snapshot, null before the first publish. The caller keeps the copy as long as it
  /// uses a decision made with it.
  const Snapshot& current() const noexcept { return current_; }
  void publish(Snapshot next) noexcept { current_ = std::move(next); }

 private:
  Snapshot current_;
};

}  // namespace aluvia::config
