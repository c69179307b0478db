#include "usage/usage_file.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace aluvia::usage {
namespace {

using ledger::Change;
using Outcome = Result<void, DatabaseError>;

// A rollback journal instead of a write-ahead log: there is at most one short transaction in ten seconds, so
// readers hardly ever wait for it, and the state stays one file that people can copy, and that a reader who
// may not write beside it can open.
constexpr const char* schema =
    "PRAGMA journal_mode=DELETE;"
    "CREATE TABLE IF NOT EXISTS traffic("
    "begin INTEGER NOT NULL, span INTEGER NOT NULL, "  // Unix seconds, and 3600 or 86400
    "host TEXT NOT NULL, route TEXT NOT NULL, rule TEXT NOT NULL, "
    "requests INTEGER NOT NULL, tunnels INTEGER NOT NULL, failures INTEGER NOT NULL, "
    "aborted INTEGER NOT NULL, bytes_up INTEGER NOT NULL, bytes_down INTEGER NOT NULL, "
    "connects INTEGER NOT NULL, connect_us INTEGER NOT NULL, "
    "PRIMARY KEY(begin, span, host, route, rule)) WITHOUT ROWID;"
    "PRAGMA user_version=1";
constexpr std::uint64_t schema_version = 1;

constexpr std::string_view sums_of_rows =
    "sum(requests), sum(tunnels), sum(failures), sum(aborted), sum(bytes_up), sum(bytes_down), "
    "sum(connects), sum(connect_us)";

constexpr std::string_view add_to_row =
    "ON CONFLICT DO UPDATE SET requests=requests+excluded.requests, tunnels=tunnels+excluded.tunnels, "
    "failures=failures+excluded.failures, aborted=aborted+excluded.aborted, "
    "bytes_up=bytes_up+excluded.bytes_up, bytes_down=bytes_down+excluded.bytes_down, "
    "connects=connects+excluded.connects, connect_us=connect_us+excluded.connect_us";

Result<std::uint64_t, DatabaseError> number_of(Database& database, const char* sql) {
  auto statement = Statement::prepare(database, sql);
  if (!statement) return Err{std::move(statement.error())};
  auto row = statement->step();
  if (!row) return Err{std::move(row.error())};
  return *row ? statement->number(0) : 0;
}

Outcome run(Database& database, const std::string& sql, std::uint64_t first, std::uint64_t second = 0) {
  auto statement = Statement::prepare(database, sql.c_str());
  if (!statement) return Err{std::move(statement.error())};
  statement->bind(1, first);
  statement->bind(2, second);
  return statement->run();
}

// One contradiction is enough to give the file up, so the check stops there.
Outcome check(Database& database) {
  auto statement = Statement::prepare(database, "PRAGMA quick_check(1)");
  if (!statement) return Err{std::move(statement.error())};
  auto row = statement->step();
  if (!row) return Err{std::move(row.error())};
  if (*row && statement->text(0) != "ok")
    return Err{DatabaseError{DatabaseError::Kind::damaged, "it is damaged"}};
  return {};
}

Outcome check_version(Database& database) {
  const auto version = number_of(database, "PRAGMA user_version");
  if (!version) return Err{version.error()};
  if (*version <= schema_version) return {};
  return Err{DatabaseError{DatabaseError::Kind::failed, "a later version of the program has written it"}};
}

Outcome insert(Database& database, std::span<const Change> changes) {
  const auto sql = fmt::format("INSERT INTO traffic VALUES(?,3600,?,?,?,?,?,?,?,?,?,?,?) {}", add_to_row);
  auto statement = Statement::prepare(database, sql.c_str());
  if (!statement) return Err{std::move(statement.error())};
  for (const Change& change : changes) {
    statement->bind(1, change.begin)
        .bind(2, change.host)
        .bind(3, rules::name(change.route))
        .bind(4, change.rule);
    const ledger::Sums& sums = change.sums;
    int parameter = 5;
    for (const std::uint64_t number : {sums.requests, sums.tunnels, sums.failures, sums.aborted,
                                       sums.bytes_up, sums.bytes_down, sums.connects, sums.connect_us})
      statement->bind(parameter++, number);
    if (auto done = statement->run(); !done) return done;
  }
  return {};
}

// Makes one row per day of the hours before `end`.
Outcome combine_hours(Database& database, Seconds end) {
  auto made =
      run(database,
          fmt::format("INSERT INTO traffic SELECT begin - begin % 86400, 86400, host, route, rule, {} "
                      "FROM traffic WHERE span = 3600 AND begin < ? AND ? = 0 GROUP BY 1, 3, 4, 5 {}",
                      sums_of_rows, add_to_row),
          end);
  if (!made) return made;
  return run(database, "DELETE FROM traffic WHERE span = 3600 AND begin < ? AND ? = 0", end);
}

// Counts days with traffic instead of asking the clock: one that jumps ahead must not delete the history.
Outcome drop_old_days(Database& database, std::uint64_t days) {
  return run(database,
             "DELETE FROM traffic WHERE begin / 86400 <= "
             "(SELECT DISTINCT begin / 86400 FROM traffic ORDER BY 1 DESC LIMIT 1 OFFSET ?) AND ? = 0",
             days);
}

// Moves all but the `kept` largest rows of each period before `end` into `(other)`.
Outcome fold_small_rows(Database& database, std::uint64_t kept, Seconds end) {
  auto done = database.run("PRAGMA temp_store=MEMORY; DROP TABLE IF EXISTS temp.small");
  if (done) {
    done =
        run(database,
            "CREATE TEMP TABLE small AS SELECT begin, span, host, route, rule FROM "
            "(SELECT *, row_number() OVER (PARTITION BY begin, span ORDER BY bytes_up + bytes_down DESC) AS "
            "place FROM traffic WHERE host <> '(other)') WHERE place > ? AND begin < ?",
            kept, end);
  }
  constexpr std::string_view is_small = "(begin, span, host, route, rule) IN (SELECT * FROM small)";
  if (done) {
    done = database.run(
        fmt::format("INSERT INTO traffic SELECT begin, span, '(other)', route, '(other)', {} FROM "
                    "traffic WHERE {} GROUP BY begin, span, route {};"
                    "DELETE FROM traffic WHERE {}",
                    sums_of_rows, is_small, add_to_row, is_small)
            .c_str());
  }
  return done;
}

ledger::Sums sums_in(const Statement& row) {
  return {.requests = row.number(4),
          .tunnels = row.number(5),
          .failures = row.number(6),
          .aborted = row.number(7),
          .bytes_up = row.number(8),
          .bytes_down = row.number(9),
          .connects = row.number(10),
          .connect_us = row.number(11)};
}

}  // namespace

Outcome UsageFile::add(std::span<const Change> changes, Seconds now) {
  auto database = Database::open(path_, Database::Access::write);
  if (!database) return Err{std::move(database.error())};
  if (!is_checked_) {
    if (auto checked = check(*database); !checked) return checked;
  }
  is_checked_ = true;
  // IMMEDIATE takes the lock before anything is read, so that two writers wait for each other instead of
  // failing.
  auto done = database->run("BEGIN IMMEDIATE");
  if (done) done = write(*database, changes, now);
  if (done) done = database->run("COMMIT");
  if (done) combined_ = now / ledger::one_hour;
  return done;  // a transaction without COMMIT ends with its connection
}

Outcome UsageFile::write(Database& database, std::span<const Change> changes, Seconds now) {
  auto done = check_version(database);
  if (done) done = database.run(schema);
  if (done) done = insert(database, changes);
  if (done && combined_ != now / ledger::one_hour) done = combine(database, now);
  return done;
}

Outcome UsageFile::combine(Database& database, Seconds now) {
  const Seconds today = now - now % ledger::one_day;
  auto done = combine_hours(database, today - std::min(today, 8 * ledger::one_day));
  if (done) done = drop_old_days(database, limits_.days);
  if (!done) return done;
  const auto rows = number_of(database, "SELECT count(*) FROM traffic");
  if (!rows) return Err{rows.error()};
  return *rows > limits_.rows
             ? fold_small_rows(database, limits_.rows_of_period, now - now % ledger::one_hour)
             : done;
}

Outcome UsageFile::read(std::optional<Seconds> from, ledger::UsageTable& table) const {
  auto database = Database::open(path_, Database::Access::read);
  if (!database) return Err{std::move(database.error())};
  const auto version = number_of(*database, "PRAGMA user_version");
  if (!version) return Err{version.error()};
  if (*version == 0) return {};  // nothing has been written yet
  auto rows = Statement::prepare(*database,
                                 "SELECT begin, host, route, rule, requests, tunnels, failures, aborted, "
                                 "bytes_up, bytes_down, connects, connect_us FROM traffic WHERE begin >= ?");
  if (!rows) return Err{std::move(rows.error())};
  rows->bind(1, from.value_or(0));
  for (;;) {
    const auto row = rows->step();
    if (!row) return Err{row.error()};
    if (!*row) return {};
    const auto route = rows->text(2) == "gateway" ? rules::Route::gateway : rules::Route::direct;
    table.add(rows->number(0), {rows->text(1), route, rows->text(3)}, sums_in(*rows));
  }
}

}  // namespace aluvia::usage
