#include "signals.hpp"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace aluvia::app {
namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

SignalThread::SignalThread() {
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SignalThread::~SignalThread() {
  if (!thread_.joinable()) return;
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void SignalThread::start(Actions actions) {
  actions_ = std::move(actions);
  thread_ = std::thread([this] { listen(); });
}

void SignalThread::listen() {
  const sigset_t set = watched();
  bool asked = false;
  for (;;) {
    int signal = 0;
    sigwait(&set, &signal);
    if (over_) return;
    if (signal == SIGHUP) {
      actions_.refresh();
    } else if (!std::exchange(asked, true)) {
      actions_.stop();
    } else {
      actions_.stop_now();
    }
  }
}

}  // namespace aluvia::app
