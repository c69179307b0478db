// SignalThread: turns signals into calls on its own thread, so that no code runs inside a signal handler.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace aluvia::app {

/// Blocks SIGINT, SIGTERM, SIGHUP and SIGUSR1, so that they wait for a SignalThread, and SIGPIPE, so that a
/// write to a closed pipe returns an error. Affects the calling thread and those that it starts: call it
/// before other threads run.
void block_signals();

/// Listens from construction to destruction, also to signals that came since block_signals().
class SignalThread {
 public:
  struct Actions {
    std::function<void(int signal)> stop;  ///< the first SIGINT or SIGTERM
    std::function<void()> stop_now;        ///< every later one
    std::function<void()> refresh;         ///< SIGHUP
    std::function<void()> reopen = [] {};  ///< SIGUSR1: the files of logs
  };

  explicit SignalThread(Actions actions);
  /// No action runs after it has returned.
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  void listen();

  const Actions actions_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace aluvia::app
