#include "loop/reactor.hpp"

#include "loop/event.hpp"
#include "net/tcp_pair.hpp"

#include <algorithm>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::test;

namespace {

// Waits on `stream`, and remembers what it was told.
class Witness final : public Waiter {
 public:
  explicit Witness(std::function<void()> then = nullptr) : then_(std::move(then)) {}
  bool is_told() const noexcept { return told_ > 0; }
  int told() const noexcept { return told_; }
  std::error_code error() const noexcept { return error_; }

 private:
  void on_event(std::error_code error) override {
    ++told_;
    error_ = error;
    if (then_) then_();
  }

  std::function<void()> then_;
  int told_ = 0;
  std::error_code error_;
};

// Two connected streams; bytes that `peer` sends have arrived at `ours` when put() returns.
struct Line {
  LoopFixture fixture;
  TcpPair pair = make_pair(fixture);
  std::array<char, 64> room{};

  void put(std::string_view bytes) {
    REQUIRE(::send(pair.peer.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  IoResult read() { return pair.ours.try_read(room); }
};

}  // namespace

TEST_CASE("A waiter is notified once per wait, from the loop") {
  Line line;
  Witness witness;
  line.pair.ours.wait(Want::read, witness);
  CHECK(witness.is_waiting());
  line.put("a");
  CHECK_FALSE(witness.is_told());
  line.fixture.run_until([&] { return witness.is_told(); });
  CHECK_FALSE(witness.error());
  CHECK_FALSE(witness.is_waiting());
  line.put("b");
  line.fixture.run_ready();
  CHECK(witness.told() == 1);
}

TEST_CASE("Every waiter of a descriptor is resumed, not only the first") {
  Line line;
  Witness second;
  Witness third;
  Witness first([&] { line.pair.ours.wait(Want::read, first); });
  line.pair.ours.wait(Want::read, first);
  line.pair.ours.wait(Want::read, second);
  line.pair.ours.wait(Want::read, third);
  line.put("a");
  line.fixture.run_until([&] { return second.is_told() && third.is_told(); });
  CHECK(first.told() == 1);
  CHECK(first.is_waiting());
  CHECK_FALSE(second.is_waiting());
}

TEST_CASE("A waiter may be destroyed by the one that is resumed before it") {
  Line line;
  std::optional<Witness> second;
  Witness first([&] { second.reset(); });
  second.emplace();
  line.pair.ours.wait(Want::read, first);
  line.pair.ours.wait(Want::read, *second);
  line.put("a");
  line.fixture.run_until([&] { return first.is_told(); });
  CHECK_FALSE(second);
}

TEST_CASE("An edge that came without a waiter ends the next wait at once") {
  Line line;
  Witness other;
  line.pair.peer.wait(Want::read, other);  // the loop has something to wait for
  line.put("a");
  line.fixture.run_ready();
  Witness witness;
  line.pair.ours.wait(Want::read, witness);
  CHECK_FALSE(witness.is_told());  // but never from inside the call
  line.fixture.run_until([&] { return witness.is_told(); });
}

TEST_CASE("A wait after everything has been read lasts until more comes") {
  Line line;
  line.put("abc");
  Witness first;
  line.pair.ours.wait(Want::read, first);
  line.fixture.run_until([&] { return first.is_told(); });
  CHECK(line.read().bytes == 3);
  Witness second;
  line.pair.ours.wait(Want::read, second);
  line.fixture.run_ready();
  CHECK_FALSE(second.is_told());
  line.put("d");
  line.fixture.run_until([&] { return second.is_told(); });
}

TEST_CASE("A read that filled its room may have left something, so that the next wait ends at once") {
  Line line;
  line.put(std::string(line.room.size() + 1, 'x'));
  Witness first;
  line.pair.ours.wait(Want::read, first);
  line.fixture.run_until([&] { return first.is_told(); });
  CHECK(line.read().bytes == line.room.size());
  Witness second;
  line.pair.ours.wait(Want::read, second);
  line.fixture.run_until([&] { return second.is_told(); });
  CHECK(line.read().bytes == 1);
}

TEST_CASE("An end that came together with the last bytes is not forgotten") {
  Line line;
  line.put("last words");
  line.pair.peer.shutdown_send();
  Witness first;
  line.pair.ours.wait(Want::read, first);
  line.fixture.run_until([&] { return first.is_told(); });
  CHECK(line.read().bytes == 10);  // fewer than there was room for: nobody asks once more
  Witness second;
  line.pair.ours.wait(Want::read, second);
  line.fixture.run_until([&] { return second.is_told(); });
  CHECK(line.read().status == IoResult::Status::ended);
}

TEST_CASE("A cancelled wait ends with operation_aborted, even if its event has come already") {
  Line line;
  const bool is_due = GENERATE(false, true);
  if (is_due) {
    Witness other;
    line.pair.peer.wait(Want::read, other);
    line.put("a");
    line.fixture.run_ready();
  }
  Witness witness;
  line.pair.ours.wait(Want::read, witness);
  line.pair.ours.cancel();
  CHECK_FALSE(witness.is_told());
  line.fixture.run_until([&] { return witness.is_told(); });
  CHECK(witness.error() == asio::error::operation_aborted);
}

TEST_CASE("A destroyed waiter is not notified, even in the batch that contained its event") {
  Line one;
  TcpPair two = make_pair(one.fixture);
  std::optional<Witness> victim(std::in_place);
  int told = 0;
  // Whichever is told first destroys the other.
  std::optional<Witness> killer;
  killer.emplace([&] {
    ++told;
    victim.reset();
  });
  one.pair.ours.wait(Want::read, *killer);
  two.ours.wait(Want::read, *victim);
  one.put("a");
  REQUIRE(::send(two.peer.native_handle(), "b", 1, MSG_NOSIGNAL) == 1);
  one.fixture.run_until([&] { return told == 1; });
  one.fixture.run_ready();
  CHECK(told == 1);
}

TEST_CASE("A waiter may close another stream whose event is in the same batch") {
  Line one;
  std::optional<TcpPair> two(make_pair(one.fixture));
  Witness of_two;
  Witness killer([&] { two.reset(); });
  one.pair.ours.wait(Want::read, killer);
  two->ours.wait(Want::read, of_two);
  one.put("a");
  REQUIRE(::send(two->peer.native_handle(), "b", 1, MSG_NOSIGNAL) == 1);
  one.fixture.run_until([&] { return killer.is_told(); });
  one.fixture.run_ready();
  CHECK(of_two.told() <= 1);
  CHECK_FALSE(of_two.is_waiting());
}

TEST_CASE("A waiter that yields is notified after those that are ready") {
  Line line;
  std::vector<int> order;
  Witness yielding([&] { order.push_back(2); });
  Witness ready([&] { order.push_back(1); });
  Witness other;
  line.pair.peer.wait(Want::read, other);
  line.put("a");
  line.fixture.run_ready();
  Reactor& reactor = line.pair.ours.reactor();
  reactor.yield(yielding);
  line.pair.ours.wait(Want::read, ready);
  line.fixture.run_until([&] { return order.size() == 2; });
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("A waiter that always yields does not keep others from being notified") {
  Line line;
  Reactor& reactor = line.pair.ours.reactor();
  std::optional<Witness> restless;
  int turns = 0;
  restless.emplace([&] {
    ++turns;
    reactor.yield(*restless);
  });
  reactor.yield(*restless);
  Witness witness;
  line.pair.ours.wait(Want::read, witness);
  line.put("a");
  line.fixture.run_until([&] { return witness.is_told() && turns > 3; });
}

TEST_CASE("A loop without waiters runs dry") {
  Line line;
  std::optional<Witness> witness(std::in_place);
  line.pair.ours.wait(Want::read, *witness);
  line.fixture.run_ready();
  CHECK(line.fixture.loop.has_work());
  witness.reset();
  CHECK_FALSE(line.fixture.loop.has_work());
  line.fixture.loop.run();  // would stay for ever
}

TEST_CASE("A task that waits while its loop is destroyed leaves nothing behind") {
  auto loop = std::make_unique<Loop>();
  TaskGroup tasks(*loop, nullptr);
  const auto held = std::make_shared<int>(1);
  const auto wait = [](Executor executor, std::shared_ptr<int>) -> Task<void> {
    Event never(executor);
    co_await never.wait();
  };
  tasks.spawn("waits", wait(loop->get_executor(), held));
  loop->poll_one();
  CHECK(held.use_count() == 2);
  loop.reset();
  CHECK(held.use_count() == 1);
}

TEST_CASE("Many waiters that become due leave other work its turn, and keep their order") {
  LoopFixture fixture;
  Reactor& reactor = Reactor::of(fixture.executor());
  constexpr int number = 500;
  std::vector<int> told;
  std::size_t told_before_other_work = 0;
  std::list<Witness> witnesses;
  for (int i = 0; i < number; ++i) {
    witnesses.emplace_back([&, i] {
      if (told.empty()) fixture.loop.post([&] { told_before_other_work = told.size(); });
      told.push_back(i);
    });
  }
  SECTION("that yield") {
    for (Witness& witness : witnesses) reactor.yield(witness);
  }
  SECTION("whose waits are ended") {
    Watch watch;
    reactor.enlist(watch);
    for (Witness& witness : witnesses) reactor.wait(watch, Want::read, witness);
    reactor.finish(watch, std::make_error_code(std::errc::operation_canceled));
    fixture.run_until([&] { return told.size() == number; });
    reactor.retire(watch);
  }
  fixture.run_until([&] { return told.size() == number; });
  CHECK(told_before_other_work > 0);
  CHECK(told_before_other_work <= 32);
  CHECK(std::is_sorted(told.begin(), told.end()));
}
