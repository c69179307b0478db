#include "loop/deadline.hpp"

#include "loop/loop_fixture.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::loop;
using namespace std::literals;
using aluvia::test::LoopFixture;

namespace {

// Counts how often it struck, and when first.
struct Watched {
  LoopFixture fixture;
  int strikes = 0;
  TimePoint struck_at;
  Deadline deadline{fixture.executor(), [this] {
                      struck_at = Clock::now();
                      ++strikes;
                    }};

  // Returns when a timer that was set for `when` after the deadline's own has run.
  void run_past(TimePoint when) {
    Timer timer(fixture.executor(), when);
    bool is_past = false;
    timer.async_wait([&](std::error_code) { is_past = true; });
    fixture.run_until([&] { return is_past; });
    fixture.run_ready();
  }
};

}  // namespace

TEST_CASE("A deadline strikes once, not before its time, and says so") {
  Watched watched;
  const TimePoint due = Clock::now() + 5ms;
  watched.deadline.set_at(due);
  CHECK_FALSE(watched.deadline.expired());
  watched.fixture.run_until([&] { return watched.strikes == 1; });
  CHECK(watched.struck_at >= due);
  CHECK(watched.deadline.expired());
  watched.fixture.run_ready();
  CHECK(watched.strikes == 1);
}

TEST_CASE("A deadline in the past strikes from the loop, never from inside set") {
  Watched watched;
  watched.deadline.set_at(Clock::now() - 1s);
  CHECK(watched.strikes == 0);
  watched.fixture.run_until([&] { return watched.strikes == 1; });
  CHECK(watched.deadline.expired());
}

TEST_CASE("A deadline moved later does not strike at its first time") {
  Watched watched;
  const TimePoint later = Clock::now() + 20ms;
  watched.deadline.set_at(Clock::now() + 1ms);
  watched.deadline.set_at(later);
  watched.fixture.run_until([&] { return watched.strikes == 1; });
  CHECK(watched.struck_at >= later);
}

TEST_CASE("A deadline moved earlier strikes at the earlier time") {
  Watched watched;
  watched.deadline.set_at(Clock::now() + 1h);
  watched.deadline.set_at(Clock::now() + 1ms);
  watched.fixture.run_until([&] { return watched.strikes == 1; });
  watched.fixture.run_ready();
  CHECK(watched.strikes == 1);
}

TEST_CASE("A cleared deadline does not strike") {
  Watched watched;
  const TimePoint due = Clock::now() + 1ms;
  watched.deadline.set_at(due);
  watched.deadline.clear();
  watched.run_past(due + 1ms);
  CHECK(watched.strikes == 0);
  CHECK_FALSE(watched.deadline.expired());
}

TEST_CASE("A deadline can be used again after it struck") {
  Watched watched;
  watched.deadline.set_at(Clock::now());
  watched.fixture.run_until([&] { return watched.strikes == 1; });
  watched.deadline.set_after(1h);
  CHECK_FALSE(watched.deadline.expired());
  watched.deadline.set_after(0s);
  watched.fixture.run_until([&] { return watched.strikes == 2; });
  CHECK(watched.deadline.expired());
}

TEST_CASE("A deadline can be set again by its own action") {
  LoopFixture fixture;
  int strikes = 0;
  Deadline* self = nullptr;
  Deadline deadline(fixture.executor(), [&] {
    if (++strikes < 3) self->set_after(0s);
  });
  self = &deadline;
  deadline.set_after(0s);
  fixture.run_until([&] { return strikes == 3; });
  fixture.run_ready();
  CHECK(strikes == 3);
}

TEST_CASE("A destroyed deadline does not strike, even where its timer has expired already") {
  LoopFixture fixture;
  int strikes = 0;
  auto second = std::make_unique<Deadline>(fixture.executor(), [&] { ++strikes; });
  // Both timers expire in one round of the loop; the first one's handler destroys the second deadline.
  Timer first(fixture.executor(), Clock::now() - 1s);
  first.async_wait([&](std::error_code) { second.reset(); });
  second->set_at(Clock::now());
  fixture.run_until([&] { return second == nullptr; });
  fixture.run_ready();
  CHECK(strikes == 0);
}

TEST_CASE("The action may destroy its own deadline") {
  LoopFixture fixture;
  std::unique_ptr<Deadline> deadline;
  const auto token = std::make_shared<int>(0);
  deadline = std::make_unique<Deadline>(fixture.executor(), [&deadline, token] {
    deadline.reset();
    *token += 1;  // the closure must be alive still
  });
  deadline->set_after(0s);
  fixture.run_until([&] { return *token == 1; });
  fixture.run_ready();
  CHECK(token.use_count() == 1);
}

TEST_CASE("A destroyed deadline leaves the loop without work") {
  LoopFixture fixture;
  {
    Deadline(fixture.executor(), [] {}).set_after(1h);
  }
  fixture.run_ready();
  fixture.loop.restart();
  fixture.loop.run();  // would stay for an hour
  CHECK(fixture.loop.stopped());
}

TEST_CASE("Of many deadlines each strikes once and in its order, whatever becomes of the others") {
  LoopFixture fixture;
  std::vector<std::unique_ptr<Deadline>> deadlines;
  std::vector<TimePoint> due;
  std::vector<std::size_t> struck;
  const TimePoint start = Clock::now();
  for (std::size_t i = 0; i < 200; ++i) {
    deadlines.push_back(
        std::make_unique<Deadline>(fixture.executor(), [&struck, i] { struck.push_back(i); }));
    due.push_back(start + std::chrono::microseconds((i * 7919) % 20'000));
    deadlines.back()->set_at(due.back());
  }
  std::size_t left = deadlines.size();
  for (std::size_t i = 0; i < deadlines.size(); i += 3, --left) deadlines[i].reset();
  for (std::size_t i = 1; i < deadlines.size(); i += 3, --left) deadlines[i]->clear();
  for (std::size_t i = 2; i < deadlines.size(); i += 6) deadlines[i]->set_at(due[i] += 15ms);
  fixture.run_until([&] { return struck.size() == left; });
  fixture.run_ready();
  CHECK(struck.size() == left);
  CHECK(std::ranges::all_of(struck, [](std::size_t i) { return i % 3 == 2; }));
  CHECK(std::ranges::is_sorted(struck, {}, [&](std::size_t i) { return due[i]; }));
}
