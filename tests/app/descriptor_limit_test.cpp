// Tests that the limit of open files is raised as far as allowed, never lowered, and restored for a child.
#include "descriptor_limit.hpp"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace aluvia::app;

namespace {

rlimit limit_now() {
  rlimit out{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &out) == 0);
  return out;
}

// In a process of its own: whether `holds` with a soft limit of 64 and a hard one of `hard`.
template <class Check>
bool in_a_child(rlim_t hard, Check holds) {
  const int child = ::fork();
  if (child == 0) {
    const rlimit low{64, hard};
    ::_exit(::setrlimit(RLIMIT_NOFILE, &low) == 0 && holds() ? 0 : 1);
  }
  int status = 1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

rlim_t soft_limit() {
  rlimit now{};
  return ::getrlimit(RLIMIT_NOFILE, &now) == 0 ? now.rlim_cur : 0;
}

}  // namespace

TEST_CASE("Two descriptors a connection, and some for all else") {
  CHECK(connections_within(1024) == (1024 - 128) / 2);
  CHECK(connections_within(20'128) == 10'000);
  CHECK(connections_within(256) == 64);
  CHECK(connections_within(40) == 10);
  CHECK(connections_within(0) == 1);
  for (const std::uint64_t connections : {1U, 64U, 10'000U, 1'000'000U}) {
    CHECK(connections_within(descriptors_for(connections)) >= connections);
  }
}

TEST_CASE("The soft limit is raised to the need of the connections") {
  REQUIRE(limit_now().rlim_max >= 2048);
  CHECK(in_a_child(limit_now().rlim_max,
                   [] { return raise_descriptor_limit(100) == 1224 && soft_limit() == 1224; }));
}

TEST_CASE("It is raised no further than the hard limit") {
  CHECK(in_a_child(100, [] { return raise_descriptor_limit(10'000) == 100 && soft_limit() == 100; }));
}

TEST_CASE("It is never lowered") {
  const rlim_t before = limit_now().rlim_cur;
  REQUIRE(before >= 1026);
  CHECK(raise_descriptor_limit(1) == before);
  CHECK(limit_now().rlim_cur == before);
}

TEST_CASE("The original limit is restored") {
  CHECK(in_a_child(100, [] {
    raise_descriptor_limit(10'000);
    raise_descriptor_limit(20'000);
    restore_descriptor_limit();
    return soft_limit() == 64;
  }));
}
