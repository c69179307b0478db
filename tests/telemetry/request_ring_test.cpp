// Tests the ring of finished requests: what it keeps, for how long, and how much memory it takes.
#include "telemetry/request_ring.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::telemetry;
using Outcome = RequestRecord::Outcome;

namespace {

const RequestRing::Time start{std::chrono::hours(500'000)};

RequestRecord record(std::string_view host, Outcome outcome = Outcome::completed,
                     RequestRing::Time begin = start) {
  RequestRecord out;
  out.host = host;
  out.method = "CONNECT";
  out.rule = "*.test";
  out.outcome = outcome;
  out.begin = begin;
  return out;
}

std::vector<std::string> hosts(RequestRing& ring, std::uint64_t since = 0, std::size_t most = 1000,
                               RequestRing::Time now = start) {
  std::vector<std::string> out;
  ring.look(since, most, now, [&](std::uint64_t n, const RequestRecord& one) {
    out.push_back(std::to_string(n) + " " + std::string(one.host));
  });
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("The ring keeps only failures without a look in the last minute, and counts the others") {
  RequestRing ring;
  ring.add(record("a.test"));
  ring.add(record("b.test", Outcome::failed));
  ring.add(record("c.test", Outcome::aborted));
  CHECK(ring.unseen() == 2);
  CHECK(hosts(ring) == Texts{"1 b.test"});
  ring.add(record("d.test"));
  ring.add(record("e.test", Outcome::completed, start + RequestRing::attention));
  ring.add(record("f.test", Outcome::completed, start + RequestRing::attention + std::chrono::seconds(1)));
  CHECK(ring.unseen() == 3);
  CHECK(hosts(ring) == Texts{"1 b.test", "2 d.test", "3 e.test"});
}

TEST_CASE("The ring returns the requests after a sequence number, and all of them for one of another run") {
  RequestRing ring;
  CHECK(hosts(ring).empty());
  for (const char* const host : {"a", "b", "c"}) ring.add(record(host));
  CHECK(hosts(ring, 1) == Texts{"2 b", "3 c"});
  CHECK(hosts(ring, 3).empty());
  CHECK(hosts(ring, 4) == Texts{"1 a", "2 b", "3 c"});
  CHECK(hosts(ring, 0, 2) == Texts{"2 b", "3 c"});
  CHECK(hosts(ring, 0, 0).empty());
}

TEST_CASE("The ring forgets the oldest requests, and its views are copies") {
  RequestRing ring;
  CHECK(hosts(ring).empty());
  const std::size_t count = RequestRing::capacity + 3;
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string host = "host" + std::to_string(i);
    ring.add(record(host));
  }
  const Texts kept = hosts(ring);
  REQUIRE(kept.size() == RequestRing::capacity);
  CHECK(kept.front() == "4 host4");
  CHECK(kept.back() == std::to_string(count) + " host" + std::to_string(count));
}

TEST_CASE("The ring cuts long texts at a character, and shows no path") {
  RequestRing ring;
  RequestRecord long_one = record("a.test", Outcome::failed);
  std::string reason = "x";
  for (int i = 0; i < 1000; ++i) reason += "ü";
  long_one.reason = reason;
  long_one.path = "/secret";
  ring.add(long_one);
  ring.look(0, 1, start, [&](std::uint64_t, const RequestRecord& one) {
    CHECK(one.reason.size() == 159);
    CHECK(one.reason.ends_with("ü"));
    CHECK(one.rule == "*.test");
    CHECK(one.method == "CONNECT");
    CHECK(one.path.empty());
  });
}

TEST_CASE("The ring finds the last failure of a host while it keeps it, and no other request") {
  RequestRing ring;
  CHECK(ring.last_failure("a.test") == nullptr);
  const auto fail = [&](std::string_view host, std::uint64_t number) {
    RequestRecord one = record(host, Outcome::failed);
    one.id.number = number;
    ring.add(one);
  };
  fail("a.test", 1);
  fail("b.test", 2);
  fail("a.test", 3);
  (void)hosts(ring);  // from here on it keeps others, too
  ring.add(record("a.test"));
  ring.add(record("a.test", Outcome::aborted));
  REQUIRE(ring.last_failure("a.test") != nullptr);
  CHECK(ring.last_failure("a.test")->id.number == 3);
  CHECK(ring.last_failure("b.test")->id.number == 2);
  CHECK(ring.last_failure("test") == nullptr);
  for (std::size_t i = 0; i < RequestRing::capacity - 3; ++i) fail("c.test", 10 + i);
  CHECK(ring.last_failure("b.test") == nullptr);
  CHECK(ring.last_failure("a.test")->id.number == 3);
  fail("c.test", 9);
  CHECK(ring.last_failure("a.test") == nullptr);
}

TEST_CASE("The ring remembers how long the last connect to the gateway took") {
  RequestRing ring;
  CHECK_FALSE(ring.gateway_connect());
  RequestRecord one = record("a.test");
  one.connect = RequestRecord::Time(7000);
  one.route = aluvia::rules::Route::direct;
  ring.add(one);
  CHECK_FALSE(ring.gateway_connect());
  one.route = aluvia::rules::Route::gateway;
  ring.add(one);
  one.connect.reset();
  ring.add(one);
  CHECK(ring.gateway_connect() == RequestRecord::Time(7000));
}
