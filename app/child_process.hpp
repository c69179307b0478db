// Runs a command as a child process: it inherits the descriptors that this process inherited and none that
// it opened, gets its signals, and dies with it.
#pragma once

#include "proxy_settings.hpp"

#include <string>
#include <vector>

#include <signal.h>

namespace aluvia::app {

struct ChildEnd {
  int status = 0;        ///< an exit status
  bool started = false;  ///< false: it could not be found or run
};

class ChildPlace {
 public:
  /// Remembers the signal mask and the open descriptors of this moment, which are the child's, and blocks
  /// SIGCHLD for this thread and those that it will start.
  ChildPlace();
  ChildPlace(const ChildPlace&) = delete;
  ChildPlace& operator=(const ChildPlace&) = delete;

  /// Runs `command`, found along PATH, with `variables` set, until it ends. SIGINT, SIGTERM and SIGHUP must
  /// be blocked, and are passed on, but for a SIGINT of the terminal, which the child gets by itself. Its
  /// exit status, 128 + n after signal n; 127 or 126, told on stderr, where it cannot be found or run.
  /// `variables` may hold a password: our copies of them are overwritten once the child has its own.
  ChildEnd run(const std::vector<std::string>& command, Variables variables);

 private:
  [[noreturn]] void become(const char* const* command, const char* const* environment, int report,
                           int parent) const noexcept;
  int attend(int child) const;

  sigset_t mask_{};
  std::vector<int> inherited_;  // ascending
};

}  // namespace aluvia::app
