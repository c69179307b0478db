// Tests of the series of bytes per minute and hour.
#include "ledger/ledger.hpp"

#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::ledger {
namespace {

using rules::Route;

constexpr Seconds noon = 1'796'040'000;  // a full hour

// The bytes that each minute received through the gateway, newest first, without the empty end.
std::vector<std::uint64_t> down(const std::vector<Point>& points) {
  std::vector<std::uint64_t> out;
  for (const Point& point : points) out.insert(out.begin(), point.of(Route::gateway).down);
  while (!out.empty() && out.back() == 0) out.pop_back();
  return out;
}

using Numbers = std::vector<std::uint64_t>;

struct Fixture {
  Ledger ledger;
  Entry& entry = ledger.open({"h", Route::gateway, "*"}, noon);

  void receive(std::uint64_t bytes, Seconds now) { ledger.add(entry, 1, bytes, now); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "Bytes stand in their minute and hour, by route and direction") {
  receive(1, noon);
  receive(2, noon + 59);
  receive(4, noon + 60);
  receive(8, noon + 180);
  const auto minutes = ledger.minutes(noon + 200);
  CHECK(minutes.size() == 60);
  CHECK(down(minutes) == Numbers{8, 0, 4, 3});
  CHECK(minutes.back().of(Route::gateway).up == 1);
  CHECK(minutes.back().of(Route::direct).down == 0);
  CHECK(down(ledger.hours(noon + 200)) == Numbers{15});
  CHECK(ledger.hours(noon).size() == 168);
  receive(16, noon + one_hour);
  CHECK(down(ledger.hours(noon + one_hour)) == Numbers{16, 15});
}

TEST_CASE_METHOD(Fixture, "Minutes without traffic are empty when the series is read later") {
  receive(5, noon);
  CHECK(down(ledger.minutes(noon + 120)) == Numbers{0, 0, 5});
  CHECK(down(ledger.minutes(noon + 3600)).empty());
  CHECK(down(ledger.hours(noon + 3600)) == Numbers{0, 5});
  CHECK(down(ledger.hours(noon + 8 * one_day)).empty());
}

TEST_CASE_METHOD(Fixture, "A clock that jumps back loses no byte") {
  receive(1, noon);
  receive(2, noon + 60);
  receive(4, noon - 7200);
  receive(8, noon - 7200 + 60);
  CHECK(down(ledger.minutes(noon - 7200 + 60)) == Numbers{8, 6, 1});
  receive(16, 0);
  CHECK(down(ledger.minutes(0)) == Numbers{24, 6, 1});
}

TEST_CASE_METHOD(Fixture, "A clock that jumps far ahead starts an empty series") {
  receive(1, noon);
  receive(2, noon * 2);
  CHECK(down(ledger.minutes(noon * 2)) == Numbers{2});
  CHECK(ledger.total(Route::gateway).bytes_down == 3);
}

}  // namespace aluvia::ledger
