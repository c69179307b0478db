#include "signals.hpp"

#include <chrono>
#include <new>
#include <utility>

#include <pthread.h>
#include <signal.h>

namespace aluvia::app {
namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = set_of({SIGINT, SIGTERM, SIGHUP, SIGPIPE});
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SignalThread::SignalThread(Actions actions) : actions_(std::move(actions)), thread_([this] { listen(); }) {}

SignalThread::~SignalThread() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

// The thread ends with nothing less than the program: what there is no memory for now is tried again.
void SignalThread::act(const std::function<void()>& action) {
  while (!over_) {
    try {
      return action();
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

void SignalThread::listen() {
  const sigset_t set = set_of({SIGINT, SIGTERM, SIGHUP});
  bool asked = false;
  for (;;) {
    int signal = 0;
    sigwait(&set, &signal);
    if (over_) return;
    if (signal == SIGHUP) {
      act(actions_.refresh);
    } else if (!std::exchange(asked, true)) {
      act([&] { actions_.stop(signal); });
    } else {
      act(actions_.stop_now);
    }
  }
}

}  // namespace aluvia::app
