// Tests that signals become calls, in order, and that none comes after the end.
#include "signals.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <new>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <signal.h>
#include <unistd.h>

using namespace aluvia::app;
using namespace std::chrono_literals;

namespace {

class Calls {
 public:
  SignalThread::Actions actions() {
    return {[this](int signal) { add(signal == SIGINT || signal == SIGTERM ? "stop " : "wrong "); },
            [this] { add("now "); }, [this] { add("refresh "); }, [this] { add("reopen "); }};
  }
  // Waits for it.
  bool are(const std::string& expected) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 5s, [&] { return text_ == expected; });
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  void add(const char* call) {
    const std::lock_guard lock(mutex_);
    text_ += call;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

// The signals of a test must not end the test program.
struct Blocked {
  Blocked() {
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    block_signals();
  }
  ~Blocked() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  sigset_t before{};
};

void send(int signal) {
  ::kill(::getpid(), signal);
}

}  // namespace

TEST_CASE("The first SIGTERM or SIGINT stops, every later one at once; SIGHUP and SIGUSR1 act at any time") {
  const Blocked blocked;
  Calls calls;
  const SignalThread thread(calls.actions());
  send(SIGHUP);
  REQUIRE(calls.are("refresh "));
  send(SIGINT);
  REQUIRE(calls.are("refresh stop "));
  send(SIGTERM);
  REQUIRE(calls.are("refresh stop now "));
  send(SIGHUP);
  REQUIRE(calls.are("refresh stop now refresh "));
  send(SIGUSR1);
  REQUIRE(calls.are("refresh stop now refresh reopen "));
  send(SIGINT);
  REQUIRE(calls.are("refresh stop now refresh reopen now "));
}

TEST_CASE("A signal that came before the thread is acted on by it") {
  const Blocked blocked;
  send(SIGTERM);
  Calls calls;
  const SignalThread thread(calls.actions());
  CHECK(calls.are("stop "));
}

TEST_CASE("The end of the thread calls nothing and waits for the call that runs") {
  const Blocked blocked;
  Calls calls;
  { const SignalThread thread(calls.actions()); }
  CHECK(calls.text().empty());

  std::promise<void> entered;
  std::atomic<bool> left = false;
  {
    const SignalThread thread({[&](int) {
                                 entered.set_value();
                                 std::this_thread::sleep_for(20ms);
                                 left = true;
                               },
                               [] {}, [] {}});
    send(SIGTERM);
    entered.get_future().wait();
  }
  CHECK(left);
}

TEST_CASE("A broken pipe is an error and no signal once they are blocked") {
  const Blocked blocked;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  CHECK(::write(ends[1], "x", 1) == -1);
  ::close(ends[1]);
  // It is pending now; taken back, so that it does not end the test program when it is unblocked.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  const timespec at_once{};
  sigtimedwait(&pipe, nullptr, &at_once);
}
