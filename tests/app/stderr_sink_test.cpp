// Tests that log lines are written, or counted, without waiting.
#include "stderr_sink.hpp"

#include "fixture.hpp"

#include <chrono>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace aluvia;
using namespace aluvia::app;
using aluvia::app::test::Folder;
using Catch::Contains;
using Catch::EndsWith;

namespace {

const std::string line = std::string(99, 'x') + "\n";

// Two ends of a pipe or socket, or one file.
struct Ends {
  ~Ends() {
    for (const int end : {read, write}) {
      if (end >= 0) ::close(end);
    }
  }
  // Reads the available bytes.
  std::string drain() const {
    ::fcntl(read, F_SETFL, O_NONBLOCK);
    std::string out;
    char buffer[65536];
    for (;;) {
      const auto got = ::read(read, buffer, sizeof buffer);
      if (got <= 0) return out;
      out.append(buffer, static_cast<std::size_t>(got));
    }
  }
  bool is_blocking() const { return (::fcntl(write, F_GETFL) & O_NONBLOCK) == 0; }

  int read = -1;
  int write = -1;
};

void make_pipe(Ends& ends) {
  int both[2];
  REQUIRE(::pipe2(both, O_CLOEXEC) == 0);
  ends.read = both[0];
  ends.write = both[1];
}

void make_sockets(Ends& ends, int type) {
  int both[2];
  REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, both) == 0);
  ends.read = both[0];
  ends.write = both[1];
  const int small = 4608;
  ::setsockopt(ends.write, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
}

// A terminal: its master end reads what is written to the slave.
bool make_terminal(Ends& ends) {
  ends.read = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ends.read < 0 || ::grantpt(ends.read) != 0 || ::unlockpt(ends.read) != 0) return false;
  ends.write = ::open(::ptsname(ends.read), O_RDWR | O_NOCTTY | O_CLOEXEC);
  return ends.write >= 0;
}

// Every line is whole, or the one that tells of the missing ones; returns how many lines are accounted for.
std::size_t accounted(const std::string& text) {
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string one; std::getline(lines, one);) {
    if (one + "\n" == line) {
      ++count;
    } else if (const auto at = one.find(" log line"); at != std::string::npos) {
      const auto begin = one.rfind(' ', at - 1) + 1;
      count += std::stoul(one.substr(begin, at - begin));
    }
  }
  return count;
}

// Writes far more than any buffer takes, empties it, then writes one line more.
void fills_and_tells(const Ends& ends) {
  StderrSink sink(LogFormat::text, ends.write);
  constexpr std::size_t many = 20'000;
  for (std::size_t i = 0; i < many; ++i) sink.write(line);
  CHECK(ends.is_blocking());
  std::string seen = ends.drain();
  CHECK(accounted(seen) < many);
  sink.write(line);
  seen += ends.drain();
  CHECK_THAT(seen, Contains("log lines were dropped: stderr was not read\n" + line));
  CHECK(accounted(seen) == many + 1);
  sink.write(line);
  CHECK(ends.drain() == line);  // told once
}

}  // namespace

TEST_CASE("An unread pipe never blocks, and later tells how many lines were dropped") {
  Ends ends;
  make_pipe(ends);
  fills_and_tells(ends);
}

TEST_CASE("A line that is offered and not taken stays its owner's: it is neither written nor counted") {
  Ends ends;
  make_pipe(ends);
  StderrSink sink(LogFormat::text, ends.write);
  std::size_t taken = 0;
  while (sink.offer(line)) ++taken;
  CHECK_FALSE(sink.offer(line));
  CHECK(accounted(ends.drain()) == taken);
  CHECK(sink.offer(line));
  CHECK(ends.drain() == line);
}

TEST_CASE("An unread socket never blocks, and later tells how many lines were dropped") {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
    Ends ends;
    make_sockets(ends, type);
    fills_and_tells(ends);
  }
}

TEST_CASE("An unread terminal never blocks") {
  Ends ends;
  if (!make_terminal(ends)) {
    WARN("skipped: this machine has no terminal to give");
    return;
  }
  StderrSink sink(LogFormat::text, ends.write);
  for (int i = 0; i < 20'000; ++i) sink.write(line);
  CHECK(ends.is_blocking());
}

TEST_CASE("A line that was cut is ended before the next one") {
  Ends ends;
  make_sockets(ends, SOCK_STREAM);
  StderrSink sink(LogFormat::text, ends.write);
  const std::string huge = std::string(1024 * 1024, 'y') + "\n";  // more than the socket takes at once
  sink.write(huge);
  const std::string cut = ends.drain();
  CHECK((!cut.empty() && cut.size() < huge.size()));
  sink.write(line);
  const std::string rest = ends.drain();
  CHECK(rest.substr(0, 1) == "\n");
  CHECK_THAT(rest, Contains("1 log line was dropped") && EndsWith(line));
}

TEST_CASE("The line about dropped ones has the log's format") {
  Ends ends;
  make_pipe(ends);
  StderrSink sink(LogFormat::json, ends.write);
  for (int i = 0; i < 20'000; ++i) sink.write("{}\n");
  for (int i = 0; i < 20'000; ++i) sink.write("{}\n");
  ends.drain();
  sink.write("{}\n");
  const std::string seen = ends.drain();
  CHECK(seen.substr(0, 9) == "{\"time\":\"");
  CHECK_THAT(seen, Contains("\"level\":\"warn\",\"event\":\"lines_dropped\"") && EndsWith("}\n{}\n"));
}

TEST_CASE("A regular file gets every line, at its end") {
  const Folder folder;
  const auto path = folder.file("log", "before\n");
  Ends ends;
  ends.write = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  {
    StderrSink sink(LogFormat::text, ends.write);
    sink.write("one\n");
    sink.write("two\n");
  }
  std::ifstream file(path);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == "before\none\ntwo\n");
}

TEST_CASE("A full device and an invalid descriptor cost their lines, and nothing else") {
  Ends full;
  full.write = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full.write >= 0);
  StderrSink to_full(LogFormat::text, full.write);
  StderrSink to_nothing(LogFormat::text, -1);
  for (int i = 0; i < 2; ++i) {
    CHECK_NOTHROW(to_full.write(line));
    CHECK_NOTHROW(to_nothing.write(line));
  }
}

TEST_CASE("The sink closes the descriptor that it opened, and not the one that it was given") {
  Ends ends;
  make_pipe(ends);
  std::optional<StderrSink> sink;
  sink.emplace(LogFormat::text, ends.write);
  sink.reset();
  CHECK(::fcntl(ends.write, F_GETFD) >= 0);
  ::close(ends.write);
  ends.write = -1;
  char byte;
  CHECK(::read(ends.read, &byte, 1) == 0);  // no writer is left
}
