// Tests of the ledger: keys, outcomes, the bound, and changes by hour.
#include "ledger/ledger.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <catch2/catch.hpp>

namespace aluvia::ledger {
namespace {

using rules::Route;
using telemetry::RequestRecord;

constexpr Seconds noon = 1'796'040'000;  // a full hour

RequestRecord record(RequestRecord::Outcome outcome = RequestRecord::Outcome::completed) {
  RequestRecord out;
  out.outcome = outcome;
  return out;
}

const Entry* find(const Ledger& ledger, std::string_view host, Route route = Route::gateway) {
  const auto entries = ledger.entries();
  const auto at = std::ranges::find_if(
      entries, [&](const Entry* entry) { return entry->host() == host && entry->route() == route; });
  return at == entries.end() ? nullptr : *at;
}

void transfer(Ledger& ledger, const Key& key, std::uint64_t down, Seconds now = noon) {
  Entry& entry = ledger.open(key, now);
  ledger.add(entry, 0, down, now);
  ledger.close(entry, record(), now);
}

}  // namespace

TEST_CASE("The same host, route and rule share an entry, and any difference makes another") {
  Ledger ledger;
  const std::string host = "example.com";
  Entry& first = ledger.open({host, Route::gateway, "*"}, noon);
  CHECK(&first == &ledger.open({std::string(host), Route::gateway, std::string("*")}, noon + 1));
  CHECK(&first != &ledger.open({host, Route::direct, "*"}, noon));
  CHECK(&first != &ledger.open({host, Route::gateway, "?"}, noon));
  CHECK(&first != &ledger.open({"example.org", Route::gateway, "*"}, noon));
  CHECK(first.open() == 2);
  CHECK(first.first_seen() == noon);
  CHECK(first.last_seen() == noon + 1);
}

TEST_CASE("Hosts of every length have entries of their own") {
  Ledger ledger;
  for (std::size_t size = 0; size <= 253; ++size) {
    transfer(ledger, {std::string(size, 'a'), Route::gateway, "*"}, 1);
    transfer(ledger, {std::string(size, 'a'), Route::gateway, "*"}, 1);
  }
  const auto entries = ledger.entries();
  CHECK(entries.size() == 254);
  CHECK(std::ranges::all_of(entries, [](const Entry* entry) { return entry->sums().requests == 2; }));
}

TEST_CASE("Outcomes and connect times are counted when a request ends") {
  Ledger ledger;
  Entry& entry = ledger.open({"h", Route::gateway, "*"}, noon);
  for (int i = 0; i < 3; ++i) ledger.open({"h", Route::gateway, "*"}, noon);
  RequestRecord tunnel = record();
  tunnel.is_tunnel = true;
  tunnel.connect = std::chrono::microseconds(1500);
  tunnel.bytes_down = 99;  // counted by add(), not here
  ledger.close(entry, tunnel, noon);
  ledger.close(entry, record(), noon);
  auto failed = record(RequestRecord::Outcome::failed);
  failed.error = "connection_refused";
  ledger.close(entry, failed, noon);
  CHECK(entry.open() == 1);
  ledger.close(entry, record(RequestRecord::Outcome::aborted), noon);
  CHECK(entry.open() == 0);
  CHECK(entry.sums() == Sums{.requests = 3,
                             .tunnels = 1,
                             .failures = 1,
                             .aborted = 1,
                             .bytes_up = 0,
                             .bytes_down = 0,
                             .connects = 1,
                             .connect_us = 1500});
  CHECK(entry.last_error() == "connection_refused");
}

TEST_CASE("Bytes count while a request runs") {
  Ledger ledger;
  Entry& entry = ledger.open({"h", Route::gateway, "*"}, noon);
  ledger.add(entry, 10, 20, noon);
  CHECK(ledger.total(Route::gateway).bytes_up == 10);
  ledger.add(entry, 1, 2, noon + 5);
  CHECK(ledger.total(Route::gateway).bytes() == 33);
  CHECK(ledger.total(Route::direct) == Sums{});
}

TEST_CASE("Failures are counted by their type, and the types of entries that fold go with them") {
  Ledger ledger(1);
  const auto fail = [&](std::string_view host, std::string_view error) {
    telemetry::RequestRecord record;
    record.outcome = telemetry::RequestRecord::Outcome::failed;
    record.error = error;
    ledger.close(ledger.open({host, Route::direct, "r"}, 1), record, 1);
  };
  const auto all = [&] {
    std::map<std::string_view, std::uint32_t> out;
    for (const Entry* const entry : ledger.entries())
      for (const auto& one : entry->errors().all()) out[one.name()] += one.count;
    return out;
  };
  fail("a.test", "dns_error");
  fail("a.test", "dns_error");
  fail("a.test", "of_no_table");
  CHECK(ledger.entries().front()->last_error() == "other");
  fail("b.test", "connection_refused");
  CHECK(ledger.entries().size() == 2);
  CHECK(all() ==
        std::map<std::string_view, std::uint32_t>{{"dns_error", 2}, {"other", 1}, {"connection_refused", 1}});
}

TEST_CASE("A full ledger folds its smallest closed entries into (other) of their route") {
  Ledger ledger(16);  // folds one at a time
  for (unsigned i = 0; i < 16; ++i)
    transfer(ledger, {"h" + std::to_string(i), i % 2 ? Route::direct : Route::gateway, "*"}, 100 - i);
  transfer(ledger, {"new", Route::gateway, "*"}, 1000);
  CHECK(find(ledger, "h15", Route::direct) == nullptr);
  REQUIRE(find(ledger, other_name, Route::direct) != nullptr);
  CHECK(find(ledger, other_name, Route::direct)->sums().bytes_down == 85);
  CHECK(find(ledger, other_name, Route::gateway) == nullptr);
  REQUIRE(find(ledger, "new") != nullptr);
  CHECK(find(ledger, "new")->sums().bytes_down == 1000);
}

TEST_CASE("Where all entries are open, a new host counts as (other)") {
  Ledger ledger(4);
  for (int i = 0; i < 4; ++i) ledger.open({"h" + std::to_string(i), Route::gateway, "*"}, noon);
  Entry& entry = ledger.open({"late", Route::gateway, "*"}, noon);
  CHECK(entry.host() == other_name);
  CHECK(entry.rule() == other_name);
  ledger.add(entry, 1, 1, noon);
  ledger.close(entry, record(), noon);
  CHECK(ledger.total(Route::gateway).bytes() == 2);
  CHECK(ledger.entries().size() == 5);
}

TEST_CASE("A hundred thousand hosts stay within the bound and lose nothing") {
  Ledger ledger;
  for (int i = 0; i < 100'000; ++i) transfer(ledger, {"host-" + std::to_string(i), Route::gateway, "*"}, 3);
  CHECK(ledger.entries().size() <= 1025);
  CHECK(ledger.total(Route::gateway).bytes_down == 300'000);
  CHECK(ledger.total(Route::gateway).requests == 100'000);
}

TEST_CASE("Changes are reported once, by the hour in which they happened") {
  Ledger ledger;
  int armed = 0;
  ledger.track_changes([&] { ++armed; });
  Entry& entry = ledger.open({"h", Route::gateway, "*"}, noon);
  ledger.add(entry, 1, 10, noon + 3599);
  ledger.add(entry, 2, 20, noon + 3600);
  CHECK(armed == 1);
  const auto changes = ledger.take_changes();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].begin == noon);
  CHECK(changes[0].sums.bytes_down == 10);
  CHECK(changes[1].begin == noon + one_hour);
  CHECK(changes[1].sums.bytes_down == 20);
  CHECK(ledger.take_changes().empty());
  ledger.close(entry, record(), noon + 3601);
  CHECK(armed == 2);
  CHECK(ledger.take_changes().size() == 1);
}

TEST_CASE("A folded entry's changes are reported for (other)") {
  Ledger ledger(1);
  ledger.track_changes([] {});
  transfer(ledger, {"a", Route::gateway, "*"}, 7);
  CHECK(ledger.take_changes().size() == 1);
  transfer(ledger, {"a", Route::gateway, "*"}, 5);
  transfer(ledger, {"b", Route::gateway, "*"}, 3);
  std::map<std::string, std::uint64_t> by_host;
  for (const Change& change : ledger.take_changes()) by_host[change.host] += change.sums.bytes_down;
  CHECK(by_host == std::map<std::string, std::uint64_t>{{"(other)", 5}, {"b", 3}});
}

TEST_CASE("A clock that moves to and fro keeps changes bounded and whole") {
  Ledger ledger;
  ledger.track_changes([] {});
  for (int i = 0; i < 10'000; ++i) transfer(ledger, {"h", Route::gateway, "*"}, 1, i % 2 ? noon : noon - 1);
  const auto changes = ledger.take_changes();
  CHECK(changes.size() <= 2048);
  std::uint64_t sum = 0;
  for (const Change& change : changes) sum += change.sums.bytes_down;
  CHECK(sum == 10'000);
}

}  // namespace aluvia::ledger
