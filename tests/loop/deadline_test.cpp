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

// Counts how often the deadline has expired, and remembers when it did last.
struct Fixture {
  LoopFixture fixture;
  int expiries = 0;
  TimePoint expired_at;
  Deadline deadline{fixture.executor(), [this] {
                      expired_at = Clock::now();
                      ++expiries;
                    }};

  // Returns when another deadline for `when`, which was set later, has expired.
  void run_past(TimePoint when) {
    bool is_past = false;
    Deadline other(fixture.executor(), [&] { is_past = true; });
    other.set_at(when);
    fixture.run_until([&] { return is_past; });
    fixture.run_ready();
  }
};

}  // namespace

TEST_CASE("A deadline expires once, not before its time, and says so") {
  Fixture watched;
  const TimePoint due = Clock::now() + 5ms;
  watched.deadline.set_at(due);
  CHECK_FALSE(watched.deadline.expired());
  watched.fixture.run_until([&] { return watched.expiries == 1; });
  CHECK(watched.expired_at >= due);
  CHECK(watched.deadline.expired());
  watched.fixture.run_ready();
  CHECK(watched.expiries == 1);
}

TEST_CASE("A deadline in the past expires from the loop, never from inside set_at()") {
  Fixture watched;
  watched.deadline.set_at(Clock::now() - 1s);
  CHECK(watched.expiries == 0);
  watched.fixture.run_until([&] { return watched.expiries == 1; });
  CHECK(watched.deadline.expired());
}

TEST_CASE("A deadline that is moved to a later time does not expire at the first one") {
  Fixture watched;
  const TimePoint later = Clock::now() + 20ms;
  watched.deadline.set_at(Clock::now() + 1ms);
  watched.deadline.set_at(later);
  watched.fixture.run_until([&] { return watched.expiries == 1; });
  CHECK(watched.expired_at >= later);
}

TEST_CASE("A deadline that is moved to an earlier time expires then") {
  Fixture watched;
  watched.deadline.set_at(Clock::now() + 1h);
  watched.deadline.set_at(Clock::now() + 1ms);
  watched.fixture.run_until([&] { return watched.expiries == 1; });
  watched.fixture.run_ready();
  CHECK(watched.expiries == 1);
}

TEST_CASE("A cleared deadline does not expire") {
  Fixture watched;
  const TimePoint due = Clock::now() + 1ms;
  watched.deadline.set_at(due);
  watched.deadline.clear();
  watched.run_past(due + 1ms);
  CHECK(watched.expiries == 0);
  CHECK_FALSE(watched.deadline.expired());
}

TEST_CASE("A deadline can be set again after it has expired") {
  Fixture watched;
  watched.deadline.set_at(Clock::now());
  watched.fixture.run_until([&] { return watched.expiries == 1; });
  watched.deadline.set_after(1h);
  CHECK_FALSE(watched.deadline.expired());
  watched.deadline.set_after(0s);
  watched.fixture.run_until([&] { return watched.expiries == 2; });
  CHECK(watched.deadline.expired());
}

TEST_CASE("A deadline can be set again by its own action") {
  LoopFixture fixture;
  int expiries = 0;
  Deadline* self = nullptr;
  Deadline deadline(fixture.executor(), [&] {
    if (++expiries < 3) self->set_after(0s);
  });
  self = &deadline;
  deadline.set_after(0s);
  fixture.run_until([&] { return expiries == 3; });
  fixture.run_ready();
  CHECK(expiries == 3);
}

TEST_CASE("A destroyed deadline does not expire, even in the round of the loop in which it is due") {
  LoopFixture fixture;
  int expiries = 0;
  auto second = std::make_unique<Deadline>(fixture.executor(), [&] { ++expiries; });
  // Both expire in one round of the loop; the action of the first one destroys the second.
  Deadline first(fixture.executor(), [&] { second.reset(); });
  first.set_at(Clock::now() - 1s);
  second->set_at(Clock::now());
  fixture.run_until([&] { return second == nullptr; });
  fixture.run_ready();
  CHECK(expiries == 0);
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
  fixture.loop.run();  // would stay for an hour
  CHECK_FALSE(fixture.loop.has_work());
}

TEST_CASE("Each of many deadlines expires once and in order, while others are moved, cleared and destroyed") {
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

TEST_CASE("A deadline expires although the timer has fired for another that was gone") {
  LoopFixture fixture;
  {
    Deadline(fixture.executor(), [] {}).set_at(Clock::now());
  }
  fixture.run_ready();  // the timer fires, and nobody waits for it
  {
    Deadline(fixture.executor(), [] {
    }).set_after(1h);  // finds that it has fired, and is gone before its turn
  }
  bool is_over = false;
  Deadline deadline(fixture.executor(), [&] { is_over = true; });
  deadline.set_at(Clock::now() + 1ms);
  fixture.run_until([&] { return is_over; });
}

TEST_CASE("Many deadlines of one time leave other work its turn") {
  LoopFixture fixture;
  constexpr int number = 500;
  int expiries = 0;
  int expiries_before_other_work = 0;
  std::vector<std::unique_ptr<Deadline>> deadlines;
  const TimePoint due = Clock::now();
  for (int i = 0; i < number; ++i) {
    deadlines.push_back(std::make_unique<Deadline>(fixture.executor(), [&] {
      if (expiries++ == 0) fixture.loop.post([&] { expiries_before_other_work = expiries; });
    }));
    deadlines.back()->set_at(due);
  }
  fixture.run_until([&] { return expiries == number; });
  CHECK(expiries_before_other_work > 0);
  CHECK(expiries_before_other_work <= 32);
}
