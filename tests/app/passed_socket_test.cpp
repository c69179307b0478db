// Tests descriptors as a service manager passes them, with real sockets.
#include "passed_socket.hpp"

#include "fixture.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace aluvia;
using namespace aluvia::app;
using Catch::Contains;

namespace {

constexpr int first = 200;  // where nothing of the test program stands

// The variables of a process to which `count` descriptors were passed.
struct Passed {
  explicit Passed(const std::string& count, const std::string& process = std::to_string(::getpid())) {
    ::setenv("LISTEN_PID", process.c_str(), 1);
    ::setenv("LISTEN_FDS", count.c_str(), 1);
    ::setenv("LISTEN_FDNAMES", "aluvia-connect.socket", 1);
  }
  ~Passed() {
    for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
    ::close(first);
  }
};

// A socket at the place of the first descriptor.
void put_socket(int family, int type, int protocol = 0) {
  const int made = ::socket(family, type, protocol);
  REQUIRE(made >= 0);
  REQUIRE(::dup2(made, first) == first);
  ::close(made);
}

void put_listening_socket(int family) {
  put_socket(family, SOCK_STREAM);
  REQUIRE(::listen(first, 1) == 0);
}

std::string complaint() {
  const auto taken = PassedSocket::take(first);
  return taken ? "taken" : taken.error();
}

}  // namespace

TEST_CASE("A listening TCP socket of either family is taken, for this process alone") {
  const Passed passed("1");
  put_listening_socket(GENERATE(AF_INET, AF_INET6));
  {
    const auto taken = PassedSocket::take(first);
    REQUIRE(taken);
    CHECK(taken->descriptor() == first);
    CHECK((::fcntl(first, F_GETFD) & FD_CLOEXEC) != 0);
    for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) CHECK(!::getenv(name));
  }
  CHECK(::fcntl(first, F_GETFD) == -1);
}

TEST_CASE("Nothing is taken where nothing was passed, or to another process") {
  SECTION("no variables") {}
  SECTION("no descriptor") {
    const Passed passed("0");
    CHECK(PassedSocket::take(first)->descriptor() == -1);
  }
  SECTION("another process") {
    const Passed passed("1", GENERATE("1", "", "x"));
    put_listening_socket(AF_INET);
    CHECK(PassedSocket::take(first)->descriptor() == -1);
    CHECK(::fcntl(first, F_GETFD) != -1);
  }
  CHECK(PassedSocket::take(first)->descriptor() == -1);
}

TEST_CASE("The error names the passed object and the change of the unit") {
  const Passed passed("1");
  SECTION("nothing") {
    CHECK_THAT(complaint(), Contains("is no socket"));
  }
  SECTION("a file") {
    REQUIRE(::dup2(STDERR_FILENO, first) == first);
    CHECK_THAT(complaint(), Contains("is no socket") && Contains("ListenStream=127.0.0.1:54321"));
  }
  SECTION("datagrams") {
    put_socket(AF_INET, SOCK_DGRAM);
    CHECK_THAT(complaint(), Contains("instead of ListenDatagram="));
  }
  SECTION("a Unix socket") {
    put_socket(AF_UNIX, SOCK_STREAM);
    CHECK_THAT(complaint(), Contains("is a Unix socket"));
  }
  SECTION("a socket that does not listen, as with Accept=yes") {
    put_socket(AF_INET6, SOCK_STREAM);
    CHECK_THAT(complaint(), Contains("Accept=no"));
  }
}

TEST_CASE("The complaint names the unit that passed it, and nothing that a terminal would act on") {
  const Passed passed("1");
  ::setenv("LISTEN_FDNAMES", "odd\x1b[31m", 1);
  CHECK_THAT(complaint(), Contains("LISTEN_FDS, odd\\x1b[31m)"));
}

TEST_CASE("Several sockets and an invalid number are rejected") {
  const auto [count, words] =
      GENERATE(table<std::string, std::string>({{"2", "leave one ListenStream="},
                                                {"x", "LISTEN_FDS takes a number"},
                                                {"", "LISTEN_FDS takes a number"},
                                                {"-1", "LISTEN_FDS takes a number"},
                                                {"1 ", "LISTEN_FDS takes a number"}}));
  const Passed passed(count);
  CHECK_THAT(complaint(), Contains(words));
}
