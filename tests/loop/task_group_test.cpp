#include "loop/task_group.hpp"

#include "loop/event.hpp"
#include "loop/loop_fixture.hpp"

#include <memory>
#include <stdexcept>

#include <catch2/catch.hpp>

using namespace aluvia::loop;
using aluvia::test::LoopFixture;

namespace {

struct Bug {
  std::string task;
  std::string what;
};

struct Group {
  LoopFixture fixture;
  std::vector<Bug> bugs;
  TaskGroup tasks{fixture.loop, [this](const char* task, const std::string& what) {
                    bugs.push_back({task, what});
                  }};
  Event go{fixture.executor()};

  bool is_empty_after_running() {
    fixture.run_until([this] { return tasks.size() == 0; });
    return tasks.size() == 0;
  }
};

Task<void> wait_for(Event& event, int& ended) {
  co_await event.wait();
  ++ended;
}

// Alive until the frame is gone.
Task<void> hold(std::shared_ptr<int> token, Event& event) {
  co_await event.wait();
  token.reset();
}

template <class Thrown>
Task<void> fail_with(Thrown thrown, Event& event) {
  co_await event.wait();
  throw thrown;
}

}  // namespace

TEST_CASE("A task group knows how many tasks run") {
  Group group;
  int ended = 0;
  Event one(group.fixture.executor());
  group.tasks.spawn("one", wait_for(one, ended));
  group.tasks.spawn("other", wait_for(group.go, ended));
  CHECK(group.tasks.size() == 2);
  one.set();
  group.fixture.run_until([&] { return group.tasks.size() == 1; });
  CHECK(ended == 1);
  group.go.set();
  CHECK(group.is_empty_after_running());
  CHECK(ended == 2);
  CHECK(group.bugs.empty());
}

TEST_CASE("cancel_all ends every waiting task and is no bug") {
  Group group;
  int ended = 0;
  const auto token = std::make_shared<int>(0);
  for (int i = 0; i < 3; ++i) group.tasks.spawn("waits", wait_for(group.go, ended));
  group.tasks.spawn("holds", hold(token, group.go));
  group.fixture.run_ready();
  CHECK(token.use_count() == 2);
  group.tasks.cancel_all();
  CHECK(group.is_empty_after_running());
  CHECK(ended == 0);
  CHECK(token.use_count() == 1);
  CHECK(group.bugs.empty());
}

TEST_CASE("A task cancelled before its first turn ends as well") {
  Group group;
  int ended = 0;
  group.tasks.spawn("waits", wait_for(group.go, ended));
  group.tasks.cancel_all();
  CHECK(group.is_empty_after_running());
  CHECK(ended == 0);
  CHECK(group.bugs.empty());
}

TEST_CASE("A task may cancel the whole group, itself included") {
  Group group;
  int ended = 0;
  group.tasks.spawn("waits", wait_for(group.go, ended));
  const auto cancels = [](TaskGroup& tasks, Event& go, int& count) -> Task<void> {
    tasks.cancel_all();
    co_await go.wait();
    ++count;
  };
  group.tasks.spawn("cancels", cancels(group.tasks, group.go, ended));
  CHECK(group.is_empty_after_running());
  CHECK(ended == 0);
}

TEST_CASE("A cancelled task that hides its cancellation is stopped by its next wait") {
  Group group;
  int steps = 0;
  const auto stubborn = [](Executor executor, int& count) -> Task<void> {
    for (;;) {
      Event never(executor);
      const WaitResult ignored = co_await never.wait_until(TimePoint::max());
      static_cast<void>(ignored);
      ++count;
    }
  };
  group.tasks.spawn("stubborn", stubborn(group.fixture.executor(), steps));
  group.fixture.run_ready();
  group.tasks.cancel_all();
  CHECK(group.is_empty_after_running());
  CHECK(steps == 1);
}

TEST_CASE("when_empty calls at once where nothing runs") {
  Group group;
  int calls = 0;
  group.tasks.when_empty([&] { ++calls; });
  CHECK(calls == 1);
}

TEST_CASE("when_empty calls once, when the last task has ended") {
  Group group;
  int ended = 0;
  int calls = 0;
  Event one(group.fixture.executor());
  group.tasks.spawn("one", wait_for(one, ended));
  group.tasks.spawn("other", wait_for(group.go, ended));
  group.tasks.when_empty([&] { ++calls; });
  one.set();
  group.fixture.run_until([&] { return group.tasks.size() == 1; });
  CHECK(calls == 0);
  group.go.set();
  group.fixture.run_until([&] { return calls == 1; });
  group.tasks.spawn("late", wait_for(group.go, ended));
  CHECK(group.is_empty_after_running());
  CHECK(calls == 1);
}

TEST_CASE("The group may be destroyed by what it calls when empty") {
  LoopFixture fixture;
  Event go(fixture.executor());
  int ended = 0;
  auto tasks = std::make_unique<TaskGroup>(fixture.loop, nullptr);
  tasks->spawn("one", wait_for(go, ended));
  tasks->when_empty([&] { tasks.reset(); });
  go.set();
  fixture.run_until([&] { return tasks == nullptr; });
  CHECK(ended == 1);
}

TEST_CASE("An exception is reported as a bug with the task's name and ends only that task") {
  Group group;
  int ended = 0;
  Event never(group.fixture.executor());
  group.tasks.spawn("other", wait_for(never, ended));
  SECTION("a standard exception") {
    group.tasks.spawn("broken", fail_with(std::runtime_error("out of luck"), group.go));
    group.go.set();
    group.fixture.run_until([&] { return group.tasks.size() == 1; });
    REQUIRE(group.bugs.size() == 1);
    CHECK(group.bugs[0].task == "broken");
    CHECK(group.bugs[0].what == "a bug: out of luck");
  }
  SECTION("a system error that is no cancellation") {
    group.tasks.spawn("broken",
                      fail_with(std::system_error(std::make_error_code(std::errc::io_error)), group.go));
    group.go.set();
    group.fixture.run_until([&] { return group.tasks.size() == 1; });
    CHECK(group.bugs.size() == 1);
  }
  SECTION("something that is no exception class") {
    group.tasks.spawn("broken", fail_with(42, group.go));
    group.go.set();
    group.fixture.run_until([&] { return group.tasks.size() == 1; });
    REQUIRE(group.bugs.size() == 1);
    CHECK(group.bugs[0].task == "broken");
  }
  group.tasks.cancel_all();
  CHECK(group.is_empty_after_running());
}

TEST_CASE("A task that throws before its first wait is reported as a bug") {
  Group group;
  group.go.set();
  group.tasks.spawn("broken", fail_with(std::runtime_error("at once"), group.go));
  CHECK(group.is_empty_after_running());
  CHECK(group.bugs.size() == 1);
}
