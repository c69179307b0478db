// Tests the order in which connections and heads give way: by address, age and size; without sockets.
#include "proxy/client_shares.hpp"

#include "loop/coarse_clock.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::proxy {
namespace {

constexpr std::chrono::hours for_ever{1};

Limits limits_with(std::size_t connections, std::size_t head_memory, Limits::Time fresh) {
  Limits limits;
  limits.connections = connections;
  limits.head_memory = head_memory;
  limits.fresh_client = fresh;
  return limits;
}

class Client final : public ClientSlot::Owner {
 public:
  Client(ClientShares& shares, const char* address, std::string name, std::vector<std::string>& log)
      : name_(std::move(name)),
        log_(log),
        slot(shares, shares.count(asio::ip::make_address(address)), *this) {}

  bool make_way(ProxyErrorKind) noexcept override {
    if (has_unread) return false;
    log_.push_back("close " + name_);
    return true;
  }
  void reject_head(HeadRejection why) noexcept override {
    log_.push_back((why == HeadRejection::memory ? "reject " : "reject by address ") + name_);
  }
  void discard_head() noexcept override { log_.push_back("discard " + name_); }

 private:
  std::string name_;
  std::vector<std::string>& log_;

 public:
  bool has_unread = false;
  ClientSlot slot;
};

struct Fixture {
  explicit Fixture(const Limits& its_limits, bool tracks_addresses = true)
      : limits(its_limits), shares(limits, tracks_addresses) {}

  ClientSlot& joins(const std::string& name, const char* address = "127.0.0.1") {
    clients.push_back(std::make_unique<Client>(shares, address, name, log));
    return clients.back()->slot;
  }
  std::vector<std::string> happened() { return std::exchange(log, {}); }

  Limits limits;
  ClientShares shares;
  std::vector<std::string> log;
  std::vector<std::unique_ptr<Client>> clients;
};

using Log = std::vector<std::string>;

TEST_CASE("One address beyond loopback may have half of the connections, however it is written") {
  Fixture fixture(limits_with(5, 1000, for_ever));
  const auto from = [&](const char* address) {
    return fixture.shares.count(asio::ip::make_address(address));
  };
  const ClientCount first = from("10.0.0.1");
  const ClientCount second = from("::ffff:10.0.0.1");
  CHECK_FALSE(fixture.shares.exceeds_share(second));
  {
    const ClientCount third = from("10.0.0.1");
    CHECK(fixture.shares.exceeds_share(third));
  }
  CHECK_FALSE(fixture.shares.exceeds_share(first));
  CHECK_FALSE(fixture.shares.exceeds_share(from("10.0.0.2")));
  const ClientCount again = from("10.0.0.1");
  CHECK(fixture.shares.exceeds_share(again));
}

TEST_CASE("Loopback has no share of its own, and no address has one where all clients come from loopback") {
  Fixture fixture(limits_with(2, 1000, for_ever));
  std::vector<ClientCount> counts;
  for (const char* address : {"127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"}) {
    CAPTURE(address);
    counts.push_back(fixture.shares.count(asio::ip::make_address(address)));
    counts.push_back(fixture.shares.count(asio::ip::make_address(address)));
    CHECK_FALSE(fixture.shares.exceeds_share(counts.back()));
  }
  counts.push_back(fixture.shares.count(std::nullopt));
  CHECK_FALSE(fixture.shares.exceeds_share(counts.back()));

  Fixture local(limits_with(2, 1000, for_ever), false);
  const ClientCount one = local.shares.count(asio::ip::make_address("10.0.0.1"));
  const ClientCount two = local.shares.count(asio::ip::make_address("10.0.0.1"));
  CHECK_FALSE(local.shares.exceeds_share(two));
}

TEST_CASE("The connection that waits longest is closed, once, and never one that serves a request") {
  Fixture fixture(limits_with(5, 1000, for_ever));
  for (const char* name : {"a", "b", "c"}) fixture.joins(name).wait();
  fixture.clients[1]->slot.serve();
  fixture.clients[0]->slot.wait();  // its request has been served meanwhile
  CHECK(fixture.shares.close_longest_waiting());
  CHECK(fixture.shares.close_longest_waiting());
  CHECK_FALSE(fixture.shares.close_longest_waiting());
  CHECK(fixture.happened() == Log{"close c", "close a"});
}

TEST_CASE("A connection with unread bytes is passed over, and none is closed where all have some") {
  Fixture fixture(limits_with(5, 1000, for_ever));
  for (const char* name : {"a", "b"}) fixture.joins(name).wait();
  fixture.clients[0]->has_unread = true;
  CHECK(fixture.shares.close_longest_waiting());
  CHECK(fixture.happened() == Log{"close b"});
  CHECK_FALSE(fixture.shares.close_longest_waiting());
}

TEST_CASE("An unfinished head is closed where no connection waits, or only such as have just come") {
  SECTION("those that have waited for long go first") {
    Fixture fixture(limits_with(5, 1000, Limits::Time::zero()));
    fixture.joins("head").keep_head(10);
    fixture.joins("silent").wait();
    CHECK(fixture.shares.close_longest_waiting());
    CHECK(fixture.shares.close_longest_waiting());
    CHECK(fixture.happened() == Log{"close silent", "close head"});
  }
  SECTION("one that has just come is spared for an older head") {
    Fixture fixture(limits_with(5, 1000, for_ever));
    fixture.joins("head").keep_head(10);
    const auto begin = loop::coarse_now();
    while (loop::coarse_now() == begin) {  // the clock of slots ticks every few milliseconds
    }
    fixture.joins("silent").wait();
    CHECK(fixture.shares.close_longest_waiting());
    CHECK(fixture.happened() == Log{"close head"});
  }
}

TEST_CASE("An address closes its own connections alone") {
  Fixture fixture(limits_with(4, 1000, for_ever));
  fixture.joins("other", "10.0.0.2").wait();
  fixture.joins("mine", "10.0.0.1").wait();
  const ClientCount count = fixture.shares.count(asio::ip::make_address("10.0.0.1"));
  CHECK(fixture.shares.close_longest_waiting_of(count));
  CHECK_FALSE(fixture.shares.close_longest_waiting_of(count));
  CHECK(fixture.happened() == Log{"close mine"});
}

TEST_CASE("Heads beyond the memory for them: in a flood the largest go, later the oldest") {
  const bool is_flood = GENERATE(true, false);
  Fixture fixture(limits_with(5, 1000, is_flood ? Limits::Time(for_ever) : Limits::Time::zero()));
  fixture.joins("old").keep_head(100);
  fixture.joins("large").keep_head(500);
  fixture.joins("small").keep_head(100);
  CHECK(fixture.happened().empty());
  fixture.joins("new").keep_head(400);
  CHECK(fixture.happened() == Log{is_flood ? "reject large" : "reject old"});
  CHECK(fixture.shares.head_bytes() == (is_flood ? 600U : 1000U));
}

TEST_CASE(
    "In a flood of large heads the one that became large first goes, not a larger one that has just come") {
  Fixture fixture(limits_with(9, 100'000, for_ever));
  fixture.joins("small").keep_head(8191);
  fixture.joins("slow").keep_head(4096);
  fixture.joins("large").keep_head(8192);
  fixture.clients[1]->slot.keep_head(16'384);
  fixture.joins("larger").keep_head(65'536);
  CHECK(fixture.happened().empty());
  fixture.joins("another").keep_head(8192);
  CHECK(fixture.happened() == Log{"reject large"});
  fixture.joins("one more").keep_head(8192);
  CHECK(fixture.happened() == Log{"reject slow"});
}

TEST_CASE("A head that grows beyond the memory alone is rejected itself") {
  Fixture fixture(limits_with(5, 1000, for_ever));
  fixture.joins("small").keep_head(10);
  ClientSlot& growing = fixture.joins("growing");
  for (const std::size_t bytes : {256U, 512U, 1024U}) growing.keep_head(bytes);
  CHECK(fixture.happened() == Log{"reject growing"});
  CHECK(fixture.shares.head_bytes() == 10);
}

TEST_CASE("Memory for heads comes back when they are served, rejected, or gone") {
  Fixture fixture(limits_with(5, 1000, for_ever));
  fixture.joins("a").keep_head(300, 10);
  fixture.joins("b").keep_head(300);
  fixture.clients[0]->slot.serve();
  CHECK(fixture.shares.head_bytes() == 300);
  fixture.clients.clear();
  CHECK(fixture.shares.head_bytes() == 0);
}

TEST_CASE("One address beyond loopback may have half of the memory for heads") {
  Fixture fixture(limits_with(9, 1000, for_ever));
  fixture.joins("other", "10.0.0.2").keep_head(490);
  fixture.joins("first", "10.0.0.1").keep_head(200);
  fixture.joins("second", "10.0.0.1").keep_head(290);
  CHECK(fixture.happened().empty());
  fixture.joins("third", "10.0.0.1").keep_head(15);
  CHECK(fixture.happened() == Log{"reject by address second"});
  CHECK(fixture.shares.head_bytes() == 705);
  fixture.joins("local", "127.0.0.1").keep_head(290);
  CHECK(fixture.happened().empty());
}

TEST_CASE("Of heads without credentials that are large, those that became large first are discarded") {
  Fixture fixture(limits_with(9, 1600, for_ever));  // 100 for what they have beyond what each may keep
  fixture.joins("proven").keep_head(400);
  fixture.joins("a").keep_head(50, 40);
  fixture.joins("b").keep_head(60, 50);
  CHECK(fixture.happened().empty());
  fixture.clients[1]->slot.keep_head(55, 45);
  fixture.joins("c").keep_head(30, 20);
  CHECK(fixture.happened() == Log{"discard a"});
  fixture.clients[2]->slot.keep_head(60, 0);  // it has shown its credentials
  fixture.joins("d").keep_head(90, 80);
  CHECK(fixture.happened().empty());
  CHECK(fixture.shares.head_bytes() == 400 + 60 + 30 + 90);
  for (const std::size_t other : {0U, 2U, 3U, 4U}) fixture.clients[other]->slot.serve();
  CHECK(fixture.shares.close_longest_waiting());  // it is read on, but waits as others do
  CHECK(fixture.happened() == Log{"close a"});
}

}  // namespace
}  // namespace aluvia::proxy
