// Runs a command as a child process. The child inherits the descriptors that this process inherited and none
// that it opened, gets its signals, and dies with it.
#pragma once

#include "proxy_settings.hpp"

#include <functional>
#include <string>
#include <vector>

#include <signal.h>

namespace aluvia::app {

struct ChildEnd {
  int status = 0;        ///< an exit status
  bool started = false;  ///< false: the command could not be found or run
};

class ChildPlace {
 public:
  /// Saves the current signal mask and open descriptors for the child, and blocks SIGCHLD for this thread and
  /// those that it will start.
  ChildPlace();
  ChildPlace(const ChildPlace&) = delete;
  ChildPlace& operator=(const ChildPlace&) = delete;

  /// Runs `command`, found along PATH, with `variables` set, until it ends. SIGINT, SIGTERM, SIGHUP and
  /// SIGUSR1 must be blocked. They are forwarded, except a SIGINT of the terminal, which the child gets
  /// directly, and SIGUSR1, which calls `on_usr1`. Returns
  /// the child's exit status, or 128 + n after signal n. Returns 127 or 126, with a line on stderr, if the
  /// command cannot be found or run. `variables` may hold a password, so the copies of this process are
  /// overwritten after the start.
  ChildEnd run(const std::vector<std::string>& command, Variables variables,
               const std::function<void()>& on_usr1);

 private:
  [[noreturn]] void become(const char* const* command, const char* const* environment, int report,
                           int parent) const noexcept;
  int attend(int child, const std::function<void()>& on_usr1) const;

  sigset_t mask_{};
  std::vector<int> inherited_;  // ascending
};

}  // namespace aluvia::app
