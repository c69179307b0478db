#include "loop/task.hpp"

#include "loop/event.hpp"
#include "loop/loop_fixture.hpp"

#include <memory>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::loop;
using aluvia::test::LoopFixture;

namespace {

Task<int> number(int value) {
  co_return value;
}

Task<int> number_after(Event& event, int value) {
  co_await event.wait();
  co_return value;
}

Task<void> fail() {
  throw std::runtime_error("out of luck");
  co_return;
}

MaybeTask<int> number_at_once_or_after(Event& event, bool at_once, int value) {
  if (at_once) return value;
  return number_after(event, value);
}

}  // namespace

TEST_CASE("A task gives its value to the task that awaits it") {
  LoopFixture fixture;
  Event event(fixture.executor());
  const auto sum = [](Event& go) -> Task<int> {
    const int first = co_await number(1);
    const int second = co_await number_after(go, 2);
    co_return first + second;
  };
  fixture.loop.post([&] { event.set(); });
  CHECK(fixture.run(sum(event)) == 3);
}

TEST_CASE("A task that moves values only works, too") {
  LoopFixture fixture;
  const auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  const auto pass = [&make]() -> Task<std::unique_ptr<int>> {
    auto made = co_await make();
    co_return made;
  };
  CHECK(*fixture.run(pass()) == 7);
}

TEST_CASE("An exception reaches the task that awaits") {
  LoopFixture fixture;
  const auto outer = []() -> Task<std::string> {
    try {
      co_await fail();
    } catch (const std::runtime_error& error) {
      co_return std::string(error.what());
    }
    co_return std::string();
  };
  CHECK(fixture.run(outer()) == "out of luck");
}

TEST_CASE("Tasks that end at once need no stack, however many are awaited in a row") {
  LoopFixture fixture;
  const auto count = []() -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      const int one = co_await number(1);
      sum += one;
    }
    co_return sum;
  };
  CHECK(fixture.run(count()) == 1'000'000);
}

TEST_CASE("A value that is there at once is taken without a task") {
  LoopFixture fixture;
  Event event(fixture.executor());
  const auto both = [](Event& go) -> Task<int> {
    const int first = co_await number_at_once_or_after(go, true, 1);
    const int second = co_await number_at_once_or_after(go, false, 2);
    co_return first + second;
  };
  fixture.loop.post([&] { event.set(); });
  CHECK(fixture.run(both(event)) == 3);
}

TEST_CASE("A cancelled task frees its frames, the inner ones first") {
  LoopFixture fixture;
  Event never(fixture.executor());
  std::string order;
  struct Mark {
    Mark(std::string& to, char what) : text(to), letter(what) {}
    ~Mark() { text += letter; }
    std::string& text;
    char letter;
  };
  const auto inner = [](Event& event, std::string& text) -> Task<void> {
    const Mark mark(text, 'i');
    co_await event.wait();
  };
  const auto outer = [&inner](Event& event, std::string& text) -> Task<void> {
    const Mark mark(text, 'o');
    co_await inner(event, text);
  };
  TaskGroup tasks(fixture.loop, nullptr);
  tasks.spawn("outer", outer(never, order));
  fixture.run_ready();
  tasks.cancel_all();
  fixture.run_until([&] { return tasks.size() == 0; });
  CHECK(order == "io");
}
