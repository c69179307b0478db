// LearnedStore: the file of a state directory that keeps learned hosts over restarts. Private to the module.
#pragma once

#include "base/logger.hpp"
#include "base/result.hpp"
#include "learn/host_state.hpp"

#include <string>
#include <vector>

namespace aluvia::agent {

/// One thread at a time; blocks.
class LearnedStore {
 public:
  LearnedStore(std::string directory, Logger logger)
      : path_(std::move(directory) + "/learned.json"), logger_(std::move(logger)) {}

  /// Returns the hosts, none if there is no file. Moves a damaged file aside with a warning. The error
  /// completes "cannot use …: ": the file belongs to another user, or is open to others.
  Result<std::vector<learn::HostState>, std::string> load() const;
  /// Replaces the file. Logs the first of several failures.
  void save(const std::vector<learn::HostState>& hosts);

 private:
  std::string path_;
  Logger logger_;
  bool is_failing_ = false;
};

}  // namespace aluvia::agent
