// Turns signals into calls on a thread of its own, so that no code runs inside a signal handler.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace aluvia::app {

/// Blocks SIGINT, SIGTERM and SIGHUP, so that they wait for a SignalThread, and SIGPIPE, so that a reader who
/// is gone is an error like others. For the calling thread and those that it starts: call it before there are
/// any.
void block_signals();

/// Listens from construction to destruction, also to signals that came since block_signals().
class SignalThread {
 public:
  struct Actions {
    std::function<void(int signal)> stop;  ///< the first SIGINT or SIGTERM
    std::function<void()> stop_now;        ///< every later one
    std::function<void()> refresh;         ///< SIGHUP
  };

  explicit SignalThread(Actions actions);
  /// No action runs any more when it returns.
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
