// Tests that a process learns that the program which started it has gone.
#include "parent_watch.hpp"

#include "signals.hpp"

#include <array>
#include <chrono>
#include <ctime>
#include <string>

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace aluvia;
using namespace aluvia::app;

namespace {

struct Pipe {
  explicit Pipe(bool is_socket) {
    REQUIRE((is_socket ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) : ::pipe(ends.data())) == 0);
  }
  ~Pipe() {
    ::close(ends[0]);
    close_parent_end();
  }
  void close_parent_end() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

// SIGTERM waits for sigtimedwait() instead of ending the test program.
struct Blocked {
  Blocked() {
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    block_signals();
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
  }
  ~Blocked() {
    while (arrives(0)) continue;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  bool arrives(std::time_t seconds) const {
    const timespec most{seconds, 0};
    return ::sigtimedwait(&term, nullptr, &most) == SIGTERM;
  }
  sigset_t before{};
  sigset_t term{};
};

class Log {
 public:
  Logger logger() {
    return {LogLevel::info, LogFormat::text, [this](std::string_view line) { text_ += line; }, nullptr};
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

TEST_CASE("The end of stdin sends one SIGTERM, for a pipe and for a socket", "[parent_watch]") {
  const bool is_socket = GENERATE(false, true);
  const Blocked signals;
  Log log;
  Pipe stdin_pipe(is_socket);
  {
    const ParentWatch watch(stdin_pipe.ends[0], log.logger());
    stdin_pipe.close_parent_end();
    CHECK(signals.arrives(10));
  }
  CHECK_FALSE(signals.arrives(0));
  CHECK(log.text().find("stopping: stdin has ended") != std::string::npos);
}

TEST_CASE("A socket whose other end sends no more counts as ended", "[parent_watch]") {
  const Blocked signals;
  Log log;
  const Pipe stdin_socket(true);
  const ParentWatch watch(stdin_socket.ends[0], log.logger());
  REQUIRE(::shutdown(stdin_socket.ends[1], SHUT_WR) == 0);
  CHECK(signals.arrives(10));
}

TEST_CASE("Bytes on stdin and a parent that lives stop nothing", "[parent_watch]") {
  const Blocked signals;
  Log log;
  const Pipe stdin_pipe(false);
  {
    const ParentWatch watch(stdin_pipe.ends[0], log.logger());
    REQUIRE(::write(stdin_pipe.ends[1], "hello\n", 6) == 6);
    CHECK_FALSE(signals.arrives(2));  // two looks at the parent
  }
  CHECK(log.text().empty());
}

TEST_CASE("Without a pipe a parent that lives stops nothing, and the watch ends at once", "[parent_watch]") {
  const Blocked signals;
  Log log;
  { const ParentWatch watch(-1, log.logger()); }
  CHECK_FALSE(signals.arrives(0));
  CHECK(log.text().empty());
}
