#include "usage/database.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include <sqlite3.h>

namespace aluvia::usage {
namespace {

// Another proxy of the same directory writes for some milliseconds; a person's sqlite3 shell may hold the
// lock for longer, and the change then waits for the next attempt.
constexpr int lock_wait_ms = 1000;

DatabaseError error_of(sqlite3* connection, int code) {
  using Kind = DatabaseError::Kind;
  const int primary = code & 0xff;  // the upper bits refine it
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
    return {Kind::locked, "another process has locked it"};
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) return {Kind::damaged, "it is damaged"};
  // After an input or output error the system's reason says more than SQLite's "disk I/O error".
  const int system = connection ? sqlite3_system_errno(connection) : 0;
  const bool has_system_reason = (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && system != 0;
  return {Kind::failed, has_system_reason ? std::strerror(system) : sqlite3_errstr(primary)};
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const noexcept {
  sqlite3_close_v2(connection);
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

// A reader opens for writing, too, because only a writer can undo what a crashed process has left; query_only
// then forbids every other change. Where the file cannot be written, SQLite opens it for reading by itself.
Result<Database, DatabaseError> Database::open(const std::string& path, Access access) {
  sqlite3* connection = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  Database out(connection);
  if (code != SQLITE_OK) return Err{error_of(connection, code)};
  sqlite3_busy_timeout(connection, lock_wait_ms);
  // 256 KiB of cache instead of 2 MiB: a change touches few pages.
  auto set = out.run(access == Access::read ? "PRAGMA cache_size=-256; PRAGMA query_only=1"
                                            : "PRAGMA cache_size=-256");
  if (!set) return Err{std::move(set.error())};
  return out;
}

Result<void, DatabaseError> Database::run(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Err{error_of(connection_.get(), code)};
  return {};
}

Result<Statement, DatabaseError> Statement::prepare(Database& database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3* const connection = database.connection_.get();
  const int code = sqlite3_prepare_v2(connection, sql, -1, &statement, nullptr);
  if (code != SQLITE_OK) return Err{error_of(connection, code)};
  return Statement(statement);
}

Statement& Statement::bind(int parameter, std::uint64_t number) {
  constexpr auto most = std::uint64_t{std::numeric_limits<sqlite3_int64>::max()};
  sqlite3_bind_int64(statement_.get(), parameter, static_cast<sqlite3_int64>(std::min(number, most)));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text(statement_.get(), parameter, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  return *this;
}

Result<bool, DatabaseError> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Err{error_of(sqlite3_db_handle(statement_.get()), code)};
}

Result<void, DatabaseError> Statement::run() {
  auto stepped = step();
  sqlite3_reset(statement_.get());
  if (!stepped) return Err{std::move(stepped.error())};
  return {};
}

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(
      std::max<sqlite3_int64>(sqlite3_column_int64(statement_.get(), column), 0));
}

std::string_view Statement::text(int column) const {
  const unsigned char* const bytes = sqlite3_column_text(statement_.get(), column);
  if (!bytes) return {};
  return {reinterpret_cast<const char*>(bytes),  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

}  // namespace aluvia::usage
