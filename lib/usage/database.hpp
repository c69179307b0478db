// Database: an SQLite connection and its statements, with errors as values.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace aluvia::usage {

struct DatabaseError {
  enum class Kind {
    damaged,  ///< no database, or one with contradictions
    locked,   ///< another process holds it
    failed,   ///< the system or SQLite reports another error, such as a full disk
  };
  Kind kind = Kind::failed;
  std::string reason;  ///< one phrase, without the path
};

/// One thread at a time.
class Database {
 public:
  /// `read` changes nothing, but may undo the half-written change of a process that has crashed.
  enum class Access { read, write };

  /// Opens an existing file. Its last component must not be a symbolic link.
  static Result<Database, DatabaseError> open(const std::string& path, Access access);

  /// Runs statements without rows, separated by semicolons.
  Result<void, DatabaseError> run(const char* sql);

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* connection) const noexcept;
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}

  std::unique_ptr<sqlite3, Close> connection_;
};

/// Must not outlive its database.
class Statement {
 public:
  static Result<Statement, DatabaseError> prepare(Database& database, const char* sql);

  /// Parameters count from 1. `text` must live until reset().
  Statement& bind(int parameter, std::uint64_t number);
  Statement& bind(int parameter, std::string_view text);
  /// Returns true if there is a row, false at the end.
  Result<bool, DatabaseError> step();
  /// Steps once without a row, and resets.
  Result<void, DatabaseError> run();

  /// Columns count from 0, in the current row.
  std::uint64_t number(int column) const;
  std::string_view text(int column) const;  ///< until the next step

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace aluvia::usage
