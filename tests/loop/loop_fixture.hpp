// A loop for tests: runs a task, or the loop, until a condition holds, under one guard, so that a bug fails
// instead of hanging.
#pragma once

#include "loop/loop.hpp"
#include "loop/task_group.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::test {

/// Generous, because it only ends tests that are broken already (and machines under sanitizers are slow).
inline constexpr std::chrono::seconds guard_time{20};

/// A member of the test case, declared before everything that lives on its loop.
class LoopFixture {
 public:
  LoopFixture() = default;
  /// Tasks that are still running are cancelled and ended; what they threw by mistake fails the test.
  ~LoopFixture() {
    cancel_tasks();
    for (const std::string& bug : bugs) UNSCOPED_INFO(bug);
    CHECK(bugs.empty());
  }
  LoopFixture(const LoopFixture&) = delete;
  LoopFixture& operator=(const LoopFixture&) = delete;

  /// Runs `task` to its end; gives what it gives, throws what it throws.
  template <class T>
  T run(loop::Task<T> task) {
    std::conditional_t<std::is_void_v<T>, std::optional<bool>, std::optional<T>> result;
    std::exception_ptr problem;
    loop::TaskGroup one(loop, nullptr);
    one.spawn("task of the test", keep(std::move(task), result, problem));
    const auto over = [&] { return one.size() == 0; };
    if (!turn_until(over)) {
      one.cancel_all();
      if (!turn_until(over)) give_up("the task neither ends nor can be cancelled");
      FAIL("the task did not end before the guard");
    }
    if (problem) std::rethrow_exception(problem);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }

  /// The same for what may be over at once.
  template <class T>
  T run(loop::MaybeTask<T> task) {
    return run(finish(std::move(task)));
  }

  /// The same for a coroutine lambda, which lives until its task has ended.
  template <class Body>
  requires std::is_invocable_v<Body&>
  auto run(Body body) { return run(body()); }

  /// Runs the loop until `is_true()`; fails the test when that never happens.
  template <class Predicate>
  void run_until(Predicate is_true) {
    if (!turn_until(is_true)) FAIL("what the test waits for did not happen before the guard");
  }

  /// Runs what can run without waiting for anything.
  void run_ready() {
    while (loop.poll_one()) {
    }
  }

  /// For the destructor of whatever the spawned tasks refer to.
  void cancel_tasks() {
    tasks.cancel_all();
    if (!turn_until([this] { return tasks.size() == 0; })) give_up("a cancelled task does not end");
  }

  loop::Executor executor() { return loop.get_executor(); }

  loop::Loop loop;
  std::vector<std::string> bugs;
  loop::TaskGroup tasks{
      loop, [this](const char* task, const std::string& what) { bugs.push_back(task + (": " + what)); }};

 private:
  template <class T>
  static loop::Task<T> finish(loop::MaybeTask<T> task) {
    T result = co_await std::move(task);
    co_return result;
  }
  template <class T>
  static loop::Task<void> keep(loop::Task<T> task, std::optional<T>& result, std::exception_ptr& problem) {
    try {
      result.emplace(co_await std::move(task));
    } catch (...) {
      problem = std::current_exception();
    }
  }
  static loop::Task<void> keep(loop::Task<void> task, std::optional<bool>&, std::exception_ptr& problem) {
    try {
      co_await std::move(task);
    } catch (...) {
      problem = std::current_exception();
    }
  }

  template <class Predicate>
  bool turn_until(Predicate is_true) {
    const loop::TimePoint guard = loop::Clock::now() + guard_time;
    while (!is_true()) {
      // A loop without work returns at once, and nothing on it can make the predicate true any more.
      if (!loop.run_one_until(guard)) return is_true();
    }
    return true;
  }

  // Frames of a task that cannot be ended would outlive what they refer to.
  [[noreturn]] static void give_up(const char* why) {
    std::fprintf(stderr, "LoopFixture: %s\n", why);
    std::abort();
  }
};

}  // namespace aluvia::test
