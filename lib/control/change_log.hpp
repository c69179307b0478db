// What the log says about the configuration: a line when it changed, a warning when a fault begins, a line
// when it is over. It sees snapshots and messages and writes counts and yes or no; never a value that is
// secret.
#pragma once

#include "base/logger.hpp"
#include "control/answer.hpp"

#include <string>

namespace aluvia::control {

class ChangeLog {
 public:
  explicit ChangeLog(Logger logger) : logger_(std::move(logger)) {}

  /// `before` is null for the first configuration.
  void changed(const Known* before, const Changed& change);
  /// The local rules are others than before; all else is the same.
  void local_changed(const Known& now, const std::vector<std::string>& warnings) const;
  void unchanged(const Known& known);
  /// Somebody asked for a change and does not get it.
  void not_changed(const ChangeError& error) const;
  /// A fault is a warning once, and a debug line as long as it stays the same.
  void failed(const Problem& problem, const Known* known);
  void waiting(std::chrono::milliseconds wait) const;

 private:
  void recovered();

  Logger logger_;
  std::string fault_;  // the state of the problem told last; empty while all is well
};

}  // namespace aluvia::control
