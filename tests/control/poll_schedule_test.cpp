#include "control/poll_schedule.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

using aluvia::control::PollOutcome;
using aluvia::control::PollSchedule;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("the interval varies by ten per cent and no more") {
  PollSchedule schedule(milliseconds(5000), 7);
  std::set<milliseconds> seen;
  for (int i = 0; i < 2000; ++i) seen.insert(schedule.next_wait(PollOutcome::fine));
  CHECK(*seen.begin() >= milliseconds(4500));
  CHECK(*seen.rbegin() <= milliseconds(5500));
  CHECK(*seen.begin() < milliseconds(4600));
  CHECK(*seen.rbegin() > milliseconds(5400));
}

TEST_CASE("two processes with different seeds do not march in step") {
  PollSchedule one(milliseconds(5000), 1);
  PollSchedule two(milliseconds(5000), 2);
  bool differ = false;
  for (int i = 0; i < 10; ++i)
    differ = one.next_wait(PollOutcome::fine) != two.next_wait(PollOutcome::fine) || differ;
  CHECK(differ);
}

TEST_CASE("failures stretch the interval step by step, and a success ends that") {
  PollSchedule schedule(milliseconds(1000), 3);
  for (const int factor : {1, 2, 4, 6, 6, 6}) {
    const auto wait = schedule.next_wait(PollOutcome::failed);
    CHECK(wait >= milliseconds(900 * factor));
    CHECK(wait <= milliseconds(1100 * factor));
  }
  CHECK(schedule.next_wait(PollOutcome::fine) <= milliseconds(1100));
  CHECK(schedule.next_wait(PollOutcome::failed) <= milliseconds(1100));
}

TEST_CASE("a refused token is asked about slowly from the start") {
  PollSchedule schedule(milliseconds(1000), 3);
  CHECK(schedule.next_wait(PollOutcome::refused) >= milliseconds(900 * PollSchedule::longest_stretch));
}

TEST_CASE("Retry-After is the least wait, up to five minutes") {
  PollSchedule schedule(milliseconds(5000), 3);
  CHECK(schedule.next_wait(PollOutcome::fine, seconds(60)) == seconds(60));
  CHECK(schedule.next_wait(PollOutcome::fine, seconds(100000)) == std::chrono::minutes(5));
  CHECK(schedule.next_wait(PollOutcome::fine, seconds(1)) >= milliseconds(4500));
}

TEST_CASE("a tiny interval needs no jitter") {
  PollSchedule schedule(milliseconds(5), 3);
  CHECK(schedule.next_wait(PollOutcome::fine) == milliseconds(5));
}
