// Signals as calls: a thread of its own waits for them, so that nothing runs inside a signal handler.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace aluvia::app {

/// Construct before any other thread: it blocks SIGINT, SIGTERM and SIGHUP for the whole process.
class SignalThread {
 public:
  struct Actions {
    std::function<void()> stop;      ///< the first SIGINT or SIGTERM
    std::function<void()> stop_now;  ///< every later one
    std::function<void()> refresh;   ///< SIGHUP
  };

  SignalThread();
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

  /// Begins to listen; signals that came since the constructor are acted on now.
  void start(Actions actions);

 private:
  void listen();

  Actions actions_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace aluvia::app
