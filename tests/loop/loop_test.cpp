#include "loop/loop.hpp"

#include "loop/deadline.hpp"
#include "loop/loop_fixture.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::loop;
using namespace std::chrono_literals;

TEST_CASE("A loop without work does not run") {
  Loop loop;
  CHECK_FALSE(loop.has_work());
  loop.run();
  CHECK_FALSE(loop.run_one());
  CHECK_FALSE(loop.poll_one());
}

TEST_CASE("A loop calls posted functions in their order, those that they post in a later turn") {
  Loop loop;
  std::vector<int> order;
  loop.post([&] {
    order.push_back(1);
    loop.post([&] { order.push_back(3); });
  });
  loop.post([&] { order.push_back(2); });
  CHECK(loop.run_one());
  CHECK(order == std::vector<int>{1, 2});
  loop.run();
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("A posted function of another thread wakes a loop that waits") {
  Loop loop;
  KeepRunning keeper(loop);
  std::thread::id called_by;
  std::thread other([&] { loop.post([&] { called_by = std::this_thread::get_id(); }); });
  while (called_by == std::thread::id()) REQUIRE(loop.run_one_until(Clock::now() + aluvia::test::guard_time));
  CHECK(called_by == std::this_thread::get_id());
  other.join();
}

TEST_CASE("A loop ends when another thread lets go of it") {
  Loop loop;
  std::optional<KeepRunning> keeper(loop);
  std::thread other([&] { keeper.reset(); });
  loop.run();
  CHECK_FALSE(loop.has_work());
  other.join();
}

TEST_CASE("A keeper that was moved keeps its loop once") {
  Loop loop;
  {
    KeepRunning first(loop);
    const KeepRunning second(std::move(first));
    CHECK(loop.has_work());
  }
  CHECK_FALSE(loop.has_work());
}

TEST_CASE("A loop that has nothing to do returns at its limit") {
  Loop loop;
  const KeepRunning keeper(loop);
  const TimePoint limit = Clock::now() + 5ms;
  CHECK_FALSE(loop.run_one_until(limit));
  CHECK(Clock::now() >= limit);
}

TEST_CASE("An exception leaves the loop behind all that was to be called, and the loop can go on") {
  Loop loop;
  int calls = 0;
  loop.post([] { throw std::runtime_error("out of luck"); });
  loop.post([&] { ++calls; });
  CHECK_THROWS_WITH(loop.run(), "out of luck");
  CHECK(calls == 1);
  loop.post([&] { ++calls; });
  loop.run();
  CHECK(calls == 2);
}

TEST_CASE("A deadline that throws does not keep others from expiring") {
  Loop loop;
  int calls = 0;
  Deadline bad(loop.get_executor(), [] { throw std::runtime_error("out of luck"); });
  Deadline good(loop.get_executor(), [&] { ++calls; });
  bad.set_after(0ms);
  good.set_after(1ms);
  CHECK_THROWS_WITH(loop.run(), "out of luck");
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("A loop knows which thread runs it") {
  Loop loop;
  CHECK_FALSE(loop.is_running_in_this_thread());
  bool is_inside = false;
  loop.post([&] { is_inside = loop.is_running_in_this_thread(); });
  loop.run();
  CHECK(is_inside);
  CHECK_FALSE(loop.is_running_in_this_thread());
}

TEST_CASE("A loop destroys functions that it has not called, and those that their destruction posts") {
  const auto held = std::make_shared<int>(0);
  struct PostsAtItsEnd {
    PostsAtItsEnd(Loop& its_loop, std::shared_ptr<int> its_token)
        : loop(&its_loop), token(std::move(its_token)) {}
    PostsAtItsEnd(PostsAtItsEnd&& other) noexcept
        : loop(std::exchange(other.loop, nullptr)), token(std::move(other.token)) {}
    PostsAtItsEnd& operator=(PostsAtItsEnd&&) = delete;
    ~PostsAtItsEnd() {
      if (loop) loop->post([rest = token] {});
    }
    void operator()() const {}
    Loop* loop;
    std::shared_ptr<int> token;
  };
  {
    Loop loop;
    loop.post(PostsAtItsEnd(loop, held));
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
}
