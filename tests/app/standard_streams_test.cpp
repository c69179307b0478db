// Tests stdout and stderr as the shell may leave them: closed, full, without a reader. Each case runs in a
// child.
#include "standard_streams.hpp"

#include <functional>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace aluvia::app;
using Catch::Contains;

namespace {

struct Ended {
  int status = -1;  // of the child; 128 and more for a signal
  std::string said;
};

// Runs `work` with a pipe as `descriptor`, and ends with what it answers.
Ended child(int descriptor, const std::function<int()>& work) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], descriptor);
    ::close(ends[0]);
    ::close(ends[1]);
    ::_exit(work());
  }
  ::close(ends[1]);
  Ended ended;
  char buffer[512];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    ended.said.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

void redirect(int descriptor, const char* path, int flags) {
  const int opened = ::open(path, flags);
  ::dup2(opened, descriptor);
  ::close(opened);
}

}  // namespace

TEST_CASE("Output goes to stdout, and an error to stderr") {
  const auto printed = child(STDOUT_FILENO, [] { return print("text\n"); });
  CHECK(printed.said == "text\n");
  CHECK(printed.status == 0);
  const auto complained = child(STDERR_FILENO, [] { return complain(bad_usage, "why"); });
  CHECK(complained.said == "aluvia-connect: why\n");
  CHECK(complained.status == 64);
}

TEST_CASE("A complaint is one line, whatever is in it") {
  CHECK(child(STDERR_FILENO, [] { return complain(bad_usage, "a\nb\x1b[31m"); }).said ==
        "aluvia-connect: a\\x0ab\\x1b[31m\n");
}

TEST_CASE("A full stdout is an error on stderr") {
  const auto ended = child(STDERR_FILENO, [] {
    redirect(STDOUT_FILENO, "/dev/full", O_WRONLY);
    return print("text\n");
  });
  CHECK(ended.status == 74);
  CHECK_THAT(ended.said, Contains("cannot write to stdout: No space left"));
}

TEST_CASE("A closed stdout is an error, and no other file gets the text") {
  const auto ended = child(STDERR_FILENO, [] {
    ::close(STDOUT_FILENO);
    fill_closed_streams();
    const int other = ::open("/dev/null", O_WRONLY);
    return other == STDOUT_FILENO ? 99 : print("text\n");
  });
  CHECK(ended.status == 74);
  CHECK_THAT(ended.said, Contains("cannot write to stdout"));
}

TEST_CASE("A stderr that is closed or full costs the message and nothing else") {
  const auto closed = child(STDOUT_FILENO, [] {
    ::close(STDIN_FILENO);
    ::close(STDERR_FILENO);
    fill_closed_streams();
    return complain(bad_usage, "why");
  });
  CHECK(closed.status == 64);
  CHECK(closed.said.empty());
  const auto full = child(STDOUT_FILENO, [] {
    redirect(STDERR_FILENO, "/dev/full", O_WRONLY);
    return complain(bad_usage, "why");
  });
  CHECK(full.status == 64);
}

TEST_CASE("Open streams are not changed") {
  const auto ended = child(STDOUT_FILENO, [] {
    fill_closed_streams();
    return print("text\n");
  });
  CHECK(ended.said == "text\n");
}

TEST_CASE("A stderr pipe that is full does not hold a complaint up for long") {
  const auto ended = child(STDOUT_FILENO, [] {
    int ends[2];
    if (::pipe(ends) != 0) return 99;
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (::write(ends[1], "xxxxxxxxxxxxxxxx", 16) > 0) {
    }
    ::fcntl(ends[1], F_SETFL, 0);
    ::dup2(ends[1], STDERR_FILENO);
    ::alarm(5);
    return static_cast<int>(complain(bad_usage, "why"));
  });
  CHECK(ended.status == 64);
}
