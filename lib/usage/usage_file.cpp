#include "usage/usage_file.hpp"

#include "telemetry/error_types.hpp"

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
    "CREATE TABLE IF NOT EXISTS failures("  // of the rows of traffic, by error type; since version 2
    "begin INTEGER NOT NULL, span INTEGER NOT NULL, "
    "host TEXT NOT NULL, route TEXT NOT NULL, rule TEXT NOT NULL, "
    "error TEXT NOT NULL, count INTEGER NOT NULL, "
    "PRIMARY KEY(begin, span, host, route, rule, error)) WITHOUT ROWID;"
    "PRAGMA user_version=2";
constexpr std::uint64_t schema_version = 2;
constexpr std::uint64_t version_with_failures = 2;

// The texts of statements that are alike for both tables.
struct Table {
  std::string_view name;
  std::string_view more_key;  // columns of the key beside begin, span, host, route and rule
  std::string_view sums;
  std::string_view add;  // to a row that is there
};
constexpr Table traffic{
    "traffic", "",
    "sum(requests), sum(tunnels), sum(failures), sum(aborted), sum(bytes_up), sum(bytes_down), "
    "sum(connects), sum(connect_us)",
    "ON CONFLICT DO UPDATE SET requests=requests+excluded.requests, tunnels=tunnels+excluded.tunnels, "
    "failures=failures+excluded.failures, aborted=aborted+excluded.aborted, "
    "bytes_up=bytes_up+excluded.bytes_up, bytes_down=bytes_down+excluded.bytes_down, "
    "connects=connects+excluded.connects, connect_us=connect_us+excluded.connect_us"};
constexpr Table failures{"failures", ", error", "sum(count)",
                         "ON CONFLICT DO UPDATE SET count=count+excluded.count"};

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

// Binds the first four of the parameters that both tables have.
void bind_key(Statement& statement, const Change& change) {
  statement.bind(1, change.begin)
      .bind(2, change.host)
      .bind(3, rules::name(change.route))
      .bind(4, change.rule);
}

Outcome insert_sums(Database& database, std::span<const Change> changes) {
  const auto sql = fmt::format("INSERT INTO traffic VALUES(?,3600,?,?,?,?,?,?,?,?,?,?,?) {}", traffic.add);
  auto statement = Statement::prepare(database, sql.c_str());
  if (!statement) return Err{std::move(statement.error())};
  for (const Change& change : changes) {
    bind_key(*statement, change);
    const ledger::Sums& sums = change.sums;
    int parameter = 5;
    for (const std::uint64_t number : {sums.requests, sums.tunnels, sums.failures, sums.aborted,
                                       sums.bytes_up, sums.bytes_down, sums.connects, sums.connect_us})
      statement->bind(parameter++, number);
    if (auto done = statement->run(); !done) return done;
  }
  return {};
}

Outcome insert_failures(Database& database, std::span<const Change> changes) {
  const auto sql = fmt::format("INSERT INTO failures VALUES(?,3600,?,?,?,?,?) {}", failures.add);
  auto statement = Statement::prepare(database, sql.c_str());
  if (!statement) return Err{std::move(statement.error())};
  for (const Change& change : changes) {
    for (const ledger::ErrorCounts::Count& error : change.errors.all()) {
      bind_key(*statement, change);
      statement->bind(5, error.name()).bind(6, std::uint64_t{error.count});
      if (auto done = statement->run(); !done) return done;
    }
  }
  return {};
}

// Makes one row per day of the hours before `end`.
Outcome combine_hours(Database& database, const Table& table, Seconds end) {
  auto made =
      run(database,
          fmt::format("INSERT INTO {0} SELECT begin - begin % 86400, 86400, host, route, rule{1}, {2} "
                      "FROM {0} WHERE span = 3600 AND begin < ? AND ? = 0 "
                      "GROUP BY 1, host, route, rule{1} {3}",
                      table.name, table.more_key, table.sums, table.add),
          end);
  if (!made) return made;
  return run(database, fmt::format("DELETE FROM {} WHERE span = 3600 AND begin < ? AND ? = 0", table.name),
             end);
}

// Counts days with traffic instead of asking the clock: one that jumps ahead must not delete the history.
Outcome drop_old_days(Database& database, const Table& table, std::uint64_t days) {
  return run(database,
             fmt::format("DELETE FROM {} WHERE begin / 86400 <= "
                         "(SELECT DISTINCT begin / 86400 FROM traffic ORDER BY 1 DESC LIMIT 1 OFFSET ?) "
                         "AND ? = 0",
                         table.name),
             days);
}

// Moves the rows of the keys in temp.small into `(other)`.
Outcome fold(Database& database, const Table& table) {
  constexpr std::string_view is_small = "(begin, span, host, route, rule) IN (SELECT * FROM small)";
  return database.run(
      fmt::format(
          "INSERT INTO {0} SELECT begin, span, '(other)', route, '(other)'{1}, {2} FROM {0} WHERE {3} "
          "GROUP BY begin, span, route{1} {4};"
          "DELETE FROM {0} WHERE {3}",
          table.name, table.more_key, table.sums, is_small, table.add)
          .c_str());
}

// Folds all but the `kept` largest keys of each period before `end`.
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
  if (done) done = fold(database, failures);
  if (done) done = fold(database, traffic);
  return done;
}

ledger::Key key_in(const Statement& row) {
  const auto route = row.text(2) == "gateway" ? rules::Route::gateway : rules::Route::direct;
  return {row.text(1), route, row.text(3)};
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

ledger::ErrorCounts errors_in(const Statement& row) {
  ledger::ErrorCounts out;
  out.add(telemetry::error_index(row.text(4)), static_cast<std::uint32_t>(row.number(5)));
  return out;
}

// Passes each row of `sql`, whose parameter is `from`, to `take`.
template <class Take>
Outcome read_rows(Database& database, const char* sql, Seconds from, Take take) {
  auto rows = Statement::prepare(database, sql);
  if (!rows) return Err{std::move(rows.error())};
  rows->bind(1, from);
  for (;;) {
    const auto row = rows->step();
    if (!row) return Err{row.error()};
    if (!*row) return {};
    take(*rows);
  }
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
  if (done) done = insert_sums(database, changes);
  if (done) done = insert_failures(database, changes);
  if (done && combined_ != now / ledger::one_hour) done = combine(database, now);
  return done;
}

Outcome UsageFile::combine(Database& database, Seconds now) {
  const Seconds today = now - now % ledger::one_day;
  Outcome done;
  for (const Table& table : {failures, traffic}) {  // the days are those of traffic, which is last therefore
    if (done) done = combine_hours(database, table, today - std::min(today, 8 * ledger::one_day));
    if (done) done = drop_old_days(database, table, limits_.days);
  }
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
  auto done = read_rows(*database,
                        "SELECT begin, host, route, rule, requests, tunnels, failures, aborted, bytes_up, "
                        "bytes_down, connects, connect_us FROM traffic WHERE begin >= ?",
                        from.value_or(0),
                        [&](const Statement& row) { table.add(row.number(0), key_in(row), sums_in(row)); });
  if (!done || *version < version_with_failures) return done;
  return read_rows(*database, "SELECT begin, host, route, rule, error, count FROM failures WHERE begin >= ?",
                   from.value_or(0),
                   [&](const Statement& row) { table.add(row.number(0), key_in(row), {}, errors_in(row)); });
}

}  // namespace aluvia::usage
