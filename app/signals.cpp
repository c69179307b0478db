#include "signals.hpp"

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
  const sigset_t set = set_of({SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE});
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SignalThread::SignalThread(Actions actions) : actions_(std::move(actions)), thread_([this] { listen(); }) {}

SignalThread::~SignalThread() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void SignalThread::listen() {
  const sigset_t set = set_of({SIGINT, SIGTERM, SIGHUP, SIGUSR1});
  bool asked = false;
  for (;;) {
    int signal = 0;
    sigwait(&set, &signal);
    if (over_) return;
    if (signal == SIGHUP) {
      actions_.refresh();
    } else if (signal == SIGUSR1) {
      actions_.reopen();
    } else if (!std::exchange(asked, true)) {
      actions_.stop(signal);
    } else {
      actions_.stop_now();
    }
  }
}

}  // namespace aluvia::app
