// ParentWatch: stops this process when the program that started it has gone, because a proxy without its
// program would run for ever. A killed program cannot stop anything itself.
#pragma once

#include "base/logger.hpp"
#include "file_descriptor.hpp"

#include <thread>

#include <sys/types.h>

namespace aluvia::app {

/// Watches from construction to destruction, on a thread of its own. When the parent process has changed, or
/// the other end of `stdin` is closed, it logs the reason and sends SIGTERM to this process, once.
class ParentWatch {
 public:
  /// `stdin` is a pipe or a socket, which no code here reads; negative for none. Call it after
  /// block_signals(). Throws std::system_error where the system has no thread or descriptor left.
  ParentWatch(int stdin, const Logger& logger);
  ~ParentWatch();
  ParentWatch(const ParentWatch&) = delete;
  ParentWatch& operator=(const ParentWatch&) = delete;

 private:
  void watch(int stdin) const;

  const pid_t parent_;
  const Logger logger_;
  const FileDescriptor end_;
  std::thread thread_;
};

/// Returns the descriptor of stdin if it is a pipe or a socket, else -1: a terminal and /dev/null do not tell
/// when the parent has gone.
int stdin_of_parent() noexcept;

}  // namespace aluvia::app
