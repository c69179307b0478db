#include "control/poll_schedule.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

using aluvia::control::PollOutcome;
using aluvia::control::PollSchedule;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds minute{60};

}  // namespace

TEST_CASE("The interval varies by ten per cent and no more") {
  PollSchedule schedule(milliseconds(5000), minute, 7);
  (void)schedule.next_wait(PollOutcome::fine);
  std::set<milliseconds> seen;
  for (int i = 0; i < 2000; ++i) seen.insert(schedule.next_wait(PollOutcome::fine));
  CHECK(*seen.begin() >= milliseconds(4500));
  CHECK(*seen.rbegin() <= milliseconds(5500));
  CHECK(*seen.begin() < milliseconds(4600));
  CHECK(*seen.rbegin() > milliseconds(5400));
}

TEST_CASE("Two processes with different seeds do not march in step") {
  PollSchedule one(milliseconds(5000), minute, 1);
  PollSchedule two(milliseconds(5000), minute, 2);
  bool differ = false;
  for (int i = 0; i < 10; ++i)
    differ = one.next_wait(PollOutcome::fine) != two.next_wait(PollOutcome::fine) || differ;
  CHECK(differ);
}

TEST_CASE("A thousand that start at one moment poll evenly from the first round on") {
  constexpr int fleet = 1000;
  std::map<std::chrono::seconds, int> polls_in_second;
  for (std::uint32_t seed = 1; seed <= fleet; ++seed) {
    PollSchedule schedule(milliseconds(5000), minute, seed);
    milliseconds at{0};
    while (at < minute) {
      at += schedule.next_wait(PollOutcome::fine);
      ++polls_in_second[std::chrono::floor<seconds>(at)];
    }
  }
  for (int second = 1; second < 60; ++second) {
    INFO("second " << second);
    CHECK(polls_in_second[seconds(second)] > fleet / 5 * 7 / 10);
    CHECK(polls_in_second[seconds(second)] < fleet / 5 * 13 / 10);
  }
}

TEST_CASE("Failures stretch the interval step by step, and a success ends that") {
  PollSchedule schedule(milliseconds(5000), minute, 3);
  CHECK(schedule.next_wait(PollOutcome::fine) <= milliseconds(5500));
  CHECK(schedule.next_wait(PollOutcome::failed) <= milliseconds(5500));
  for (const int seconds_at_most : {10, 20, 40, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60}) {
    const auto wait = schedule.next_wait(PollOutcome::failed);
    CHECK(wait >= milliseconds(750 * seconds_at_most));
    CHECK(wait <= milliseconds(1000 * seconds_at_most));
  }
  CHECK(schedule.next_wait(PollOutcome::fine) <= milliseconds(5500));
  CHECK(schedule.next_wait(PollOutcome::failed) <= milliseconds(5500));
}

TEST_CASE("A rejected token polls slowly from the start") {
  PollSchedule schedule(milliseconds(1000), minute, 3);
  const auto wait = schedule.next_wait(PollOutcome::refused);
  CHECK(wait >= seconds(45));
  CHECK(wait <= minute);
}

TEST_CASE("Clients that wait for the same API do not return at the same moment") {
  std::set<milliseconds> seen;
  for (std::uint32_t seed = 1; seed <= 200; ++seed)
    seen.insert(PollSchedule(milliseconds(5000), minute, seed).next_wait(PollOutcome::refused));
  CHECK(seen.size() > 150);
  CHECK(*seen.rbegin() - *seen.begin() > seconds(10));
}

TEST_CASE("An interval above the longest wait is not made shorter by a failure, nor longer") {
  PollSchedule schedule(milliseconds(600'000), minute, 3);
  (void)schedule.next_wait(PollOutcome::fine);
  for (const auto outcome : {PollOutcome::failed, PollOutcome::failed, PollOutcome::refused}) {
    const auto wait = schedule.next_wait(outcome);
    CHECK(wait >= seconds(540));
    CHECK(wait <= seconds(660));
  }
}

namespace {

struct Range {
  milliseconds least = milliseconds::max();
  milliseconds most = milliseconds::min();
};

// The shortest and the longest wait of a thousand clients.
Range waits_after(PollOutcome outcome, seconds retry_after, milliseconds interval) {
  Range range;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    const auto wait = PollSchedule(interval, minute, seed).next_wait(outcome, retry_after);
    range.least = std::min(range.least, wait);
    range.most = std::max(range.most, wait);
  }
  return range;
}

}  // namespace

TEST_CASE("A wait is never shorter than Retry-After, and ends within an interval or a quarter of it behind") {
  struct Case {
    seconds retry_after;
    milliseconds interval;
    milliseconds spread;
  };
  const Case cases[] = {{seconds(7), milliseconds(5000), milliseconds(5000)},
                        {seconds(60), milliseconds(5000), milliseconds(15'000)},
                        {seconds(60), milliseconds(30'000), milliseconds(30'000)},
                        {seconds(3600), milliseconds(1000), milliseconds(900'000)},
                        {seconds(86'400), milliseconds(5000), milliseconds(21'600'000)}};
  for (const auto& [retry_after, interval, spread] : cases) {
    for (const auto outcome : {PollOutcome::fine, PollOutcome::failed}) {
      INFO(retry_after.count() << " s");
      const Range range = waits_after(outcome, retry_after, interval);
      CHECK(range.least >= retry_after);
      CHECK(range.most <= std::max<milliseconds>(retry_after, interval * 11 / 10) + spread);
      CHECK(range.most - range.least >= spread * 19 / 20);
    }
  }
}

TEST_CASE("Retry-After makes no wait shorter, and counts as a day where it is longer") {
  CHECK(waits_after(PollOutcome::fine, seconds(1), milliseconds(5000)).least >= milliseconds(500));
  CHECK(waits_after(PollOutcome::refused, seconds(1), milliseconds(5000)).least >= seconds(45));
  const Range endless = waits_after(PollOutcome::failed, std::chrono::hours(24 * 365), milliseconds(5000));
  CHECK(endless.least >= std::chrono::hours(24));
  CHECK(endless.most <= std::chrono::hours(30));
}

TEST_CASE("A wait that has a limit is spread between Retry-After and the limit") {
  std::set<milliseconds> seen;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    PollSchedule schedule(milliseconds(500), seconds(5), seed, milliseconds(5000));
    const auto wait = schedule.next_wait(PollOutcome::failed, seconds(8), seconds(10));
    REQUIRE(wait >= seconds(8));
    REQUIRE(wait <= seconds(10));
    seen.insert(wait);
  }
  CHECK(*seen.rbegin() - *seen.begin() > milliseconds(1900));
  CHECK(seen.size() > 500);
}

TEST_CASE("A tiny interval needs no jitter") {
  PollSchedule schedule(milliseconds(5), minute, 3);
  CHECK(schedule.next_wait(PollOutcome::fine) <= milliseconds(5));
  CHECK(schedule.next_wait(PollOutcome::fine) == milliseconds(5));
}
