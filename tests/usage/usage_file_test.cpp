// Tests of the SQLite file: sums, periods, limits, damage and crashes.
#include "fixture.hpp"
#include "telemetry/error_types.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aluvia::usage::testing {
namespace {

// Returns the number of failures of `name` that have the error type.
std::uint32_t failures_of(const UsageReport& report, std::string_view name, std::string_view type) {
  const auto row = std::ranges::find(report.rows, name, &ledger::UsageRow::name);
  if (row == report.rows.end()) return 0;
  const auto& all = row->errors.all();
  const auto count = std::ranges::find(all, type, &ledger::ErrorCounts::Count::name);
  return count == all.end() ? 0 : count->count;
}

Change failure(std::string host, std::string_view type, std::uint32_t count, Seconds begin = noon) {
  Change out = change(std::move(host), 1, begin);
  out.sums.failures = count;
  out.errors.add(telemetry::error_index(type), count);
  return out;
}

// The file as version 1 of the schema had it, with one row.
constexpr const char* first_version =
    "CREATE TABLE traffic("
    "begin INTEGER NOT NULL, span INTEGER NOT NULL, "
    "host TEXT NOT NULL, route TEXT NOT NULL, rule TEXT NOT NULL, "
    "requests INTEGER NOT NULL, tunnels INTEGER NOT NULL, failures INTEGER NOT NULL, "
    "aborted INTEGER NOT NULL, bytes_up INTEGER NOT NULL, bytes_down INTEGER NOT NULL, "
    "connects INTEGER NOT NULL, connect_us INTEGER NOT NULL, "
    "PRIMARY KEY(begin, span, host, route, rule)) WITHOUT ROWID;"
    "INSERT INTO traffic VALUES(1796040000, 3600, 'old.test', 'gateway', '*', 3, 0, 2, 0, 10, 70, 1, 5);"
    "PRAGMA user_version=1";

struct FileFixture {
  Folder folder;
  UsageFile file{*make_usage_file(folder.path())};

  void add(const std::vector<Change>& changes, Seconds now = noon) {
    const auto done = file.add(changes, now);
    INFO((done ? "" : done.error().reason));
    REQUIRE(done.has_value());
  }
};

}  // namespace

TEST_CASE_METHOD(FileFixture, "Sums of the same key and hour are added") {
  add({change("a.test", 10), change("b.test", 1)});
  add({change("a.test", 20), change("a.test", 5, noon, Route::direct)});
  const auto report = read(file);
  REQUIRE(report.rows.size() == 2);
  CHECK(report.rows[0].name == "a.test");
  CHECK(report.rows[0].of(Route::gateway).bytes_down == 30);
  CHECK(report.rows[0].of(Route::gateway).requests == 2);
  CHECK(report.rows[0].of(Route::direct).bytes_down == 5);
  CHECK(report.total.total().bytes_down == 36);
}

TEST_CASE_METHOD(FileFixture, "Every value of the sums is kept") {
  const ledger::Sums sums{1, 2, 3, 4, std::uint64_t{1} << 40, std::uint64_t{1} << 50, 7, 8};
  add({{noon, "a.test", Route::gateway, "*", sums}});
  CHECK(read(file).total.of(Route::gateway) == sums);
}

TEST_CASE_METHOD(FileFixture, "Failures are kept by error type, of each host and for every grouping") {
  add({failure("a.test", "dns_error", 2), failure("a.test", "connection_refused", 1)});
  add({failure("a.test", "dns_error", 3), failure("b.test", "no_type_of_ours", 1), change("c.test", 1)});
  const auto report = read(file);
  CHECK(failures_of(report, "a.test", "dns_error") == 5);
  CHECK(failures_of(report, "a.test", "connection_refused") == 1);
  CHECK(failures_of(report, "b.test", "other") == 1);
  CHECK(failures_of(report, "c.test", "dns_error") == 0);
  CHECK(failures_of(read(file, UsageBy::rule), "*", "dns_error") == 5);
  CHECK(failures_of(read(file, UsageBy::host, noon + one_hour), "a.test", "dns_error") == 0);
}

TEST_CASE_METHOD(FileFixture, "A file of the first version keeps its sums, and takes failures by type") {
  {
    auto database = Database::open(folder.file(), Database::Access::write);
    REQUIRE(database.has_value());
    REQUIRE(database->run(first_version).has_value());
  }
  CHECK(down(read(file), "old.test") == 70);
  add({failure("old.test", "dns_error", 1)});
  const auto report = read(file);
  CHECK(down(report, "old.test") == 71);
  CHECK(report.rows[0].of(Route::gateway).failures == 3);
  CHECK(failures_of(report, "old.test", "dns_error") == 1);
}

TEST_CASE_METHOD(FileFixture, "Failures by type become days with their sums, and go with the oldest day") {
  UsageFile short_lived(folder.file(), {.rows = 1000, .rows_of_period = 10, .days = 2});
  for (Seconds i = 0; i < 3; ++i) {
    const Seconds hour = noon + i * one_hour;
    REQUIRE(short_lived.add(std::vector{failure("a.test", "dns_error", 1, hour)}, hour).has_value());
  }
  const auto add_on_day = [&](Seconds day) {
    const Seconds time = noon + day * one_day;
    REQUIRE(short_lived.add(std::vector{failure("b.test", "dns_error", 1, time)}, time).has_value());
  };
  add_on_day(20);
  CHECK(failures_of(read(file, UsageBy::day), "2026-11-30", "dns_error") == 3);
  CHECK(failures_of(read(file, UsageBy::host, noon), "a.test", "dns_error") == 0);  // now of a whole day
  add_on_day(21);
  CHECK(failures_of(read(file), "a.test", "dns_error") == 0);
  CHECK(failures_of(read(file), "b.test", "dns_error") == 2);
}

TEST_CASE_METHOD(FileFixture, "Usage is grouped by host, rule, route and day") {
  add({change("a.test", 1, noon, Route::gateway, "*.test"),
       change("b.test", 2, noon - one_day, Route::direct, "*")});
  CHECK(down(read(file, UsageBy::host), "b.test") == 2);
  CHECK(down(read(file, UsageBy::rule), "*.test") == 1);
  CHECK(down(read(file, UsageBy::route), "direct") == 2);
  const auto days = read(file, UsageBy::day);
  REQUIRE(days.rows.size() == 2);
  CHECK(days.rows[0].name == "2026-11-29");
  CHECK(days.rows[1].name == "2026-11-30");
  CHECK(days.from == noon - one_day);
}

TEST_CASE_METHOD(FileFixture, "Only periods from the asked time on are counted") {
  add({change("a.test", 1, noon - one_hour), change("a.test", 2, noon)});
  CHECK(read(file, UsageBy::host, noon).total.total().bytes_down == 2);
  CHECK(read(file, UsageBy::host, noon - one_hour).total.total().bytes_down == 3);
}

TEST_CASE_METHOD(FileFixture, "A host that is SQL is text") {
  const std::string hostile = "x'); DROP TABLE traffic; --";
  add({change(hostile, 1), change(std::string("nul\0byte", 8), 2)});
  CHECK(down(read(file), hostile) == 1);
  CHECK(down(read(file), std::string_view("nul\0byte", 8)) == 2);
}

TEST_CASE_METHOD(FileFixture, "Hours become days after a week, and no byte is lost") {
  for (Seconds i = 0; i < 24; ++i) add({change("a.test", 1, noon + i * one_hour)}, noon + i * one_hour);
  add({change("b.test", 100, noon + 20 * one_day)}, noon + 20 * one_day);
  const auto days = read(file, UsageBy::day);
  CHECK(down(days, "2026-11-30") == 12);
  CHECK(down(days, "2026-12-01") == 12);
  CHECK(days.total.total().bytes_down == 124);
  // One row per day: the hour of noon is no longer told from the day.
  CHECK(read(file, UsageBy::host, noon + one_hour).total.total().bytes_down == 112);
}

TEST_CASE("The file has a bounded number of days, whatever the clock says") {
  const Folder folder;
  UsageFile file(*make_usage_file(folder.path()), {.rows = 1000, .rows_of_period = 10, .days = 3});
  for (Seconds i = 0; i < 5; ++i)
    REQUIRE(file.add(std::vector{change("a.test", 1, noon + i * one_day)}, noon + i * one_day).has_value());
  CHECK(read(file, UsageBy::day).rows.size() == 3);
  // The clock jumps ten years ahead, and back: the days before stay.
  REQUIRE(
      file.add(std::vector{change("a.test", 1, noon + 3650 * one_day)}, noon + 3650 * one_day).has_value());
  CHECK(read(file, UsageBy::day).rows.size() == 3);
}

TEST_CASE("The file has a bounded number of rows, and the sums stay whole") {
  const Folder folder;
  UsageFile file(*make_usage_file(folder.path()), {.rows = 100, .rows_of_period = 10, .days = 400});
  std::uint64_t sum = 0;
  for (Seconds hour = 0; hour < 5; ++hour) {
    std::vector<Change> changes;
    for (std::uint64_t i = 1; i <= 60; ++i) {
      changes.push_back(failure("host" + std::to_string(i), "dns_error", 1, noon + hour * one_hour));
      changes.back().sums.bytes_down = i;
      sum += i;
    }
    REQUIRE(file.add(changes, noon + hour * one_hour).has_value());
  }
  const auto report = read(file);
  CHECK(report.total.total().bytes_down == sum);
  CHECK(down(report, "(other)") > 0);
  CHECK(down(report, "host60") == 300);
  CHECK(failures_of(report, "(other)", "dns_error") == 4 * 50);  // the last hour is not over
  REQUIRE(file.add({}, noon + 6 * one_hour).has_value());
  CHECK(read(file).rows.size() == 11);
  CHECK(read(file).total.total().bytes_down == sum);
}

TEST_CASE_METHOD(FileFixture, "A file that is no database is damaged, and one of a later version is not") {
  add({change("a.test", 1)});
  {
    auto database = Database::open(folder.file(), Database::Access::write);
    REQUIRE(database.has_value());
    REQUIRE(database->run("PRAGMA user_version=9").has_value());
  }
  const auto later = file.add(std::vector{change("a.test", 1)}, noon);
  REQUIRE_FALSE(later.has_value());
  CHECK(later.error().kind == DatabaseError::Kind::failed);
  CHECK(later.error().reason == "a later version of the program has written it");
  std::filesystem::resize_file(folder.file(), 5000);  // half of a page is gone
  UsageFile again(folder.file());
  const auto damaged = again.add(std::vector{change("a.test", 1)}, noon);
  REQUIRE_FALSE(damaged.has_value());
  CHECK(damaged.error().kind == DatabaseError::Kind::damaged);
}

TEST_CASE_METHOD(FileFixture, "A process killed at any moment leaves a file with all that it has committed") {
  for (int round = 0; round < 5; ++round) {
    const auto before = read(file).total.total().bytes_down;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      for (char byte = 'x';;) {
        if (!file.add(std::vector{change("a.test", 1)}, noon) || ::write(ends[1], &byte, 1) != 1) ::_exit(1);
      }
    }
    ::close(ends[1]);
    std::uint64_t acknowledged = 0;
    char byte = 0;
    while (acknowledged < 20 && ::read(ends[0], &byte, 1) == 1) ++acknowledged;
    REQUIRE(::kill(child, SIGKILL) == 0);
    while (::read(ends[0], &byte, 1) == 1) ++acknowledged;
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    ::close(ends[0]);
    const auto gained = read(file).total.total().bytes_down - before;
    CHECK(acknowledged >= 20);
    CHECK((gained == acknowledged || gained == acknowledged + 1));
  }
}

}  // namespace aluvia::usage::testing
