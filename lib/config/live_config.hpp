// The live cell: where the data plane finds the snapshot of now. Touched on the loop's thread only, so it
// needs neither a mutex nor an atomic; the control plane never sees it.
#pragma once

#include "config/user_network_config.hpp"

#include <utility>

namespace aluvia::config {

class LiveConfig {
 public:
  /// The snapshot of now; keep the copy as long as a decision made with it is in use. May be null before the
  /// first publish.
  const Snapshot& current() const noexcept { return current_; }
  void publish(Snapshot next) noexcept { current_ = std::move(next); }

 private:
  Snapshot current_;
};

}  // namespace aluvia::config
