// UsageFile: the SQLite file of a state directory. It holds the sums of each host, route and rule, per hour
// for the last week and per day before.
#pragma once

#include "base/result.hpp"
#include "ledger/change.hpp"
#include "ledger/usage.hpp"
#include "usage/database.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace aluvia::usage {

using ledger::Seconds;

/// One thread at a time; several processes may use the same file. Blocks, also for another process that
/// writes (at most a second). The file is open during a call only, so that an idle proxy keeps no memory for
/// it, and a file that was moved or replaced is noticed.
class UsageFile {
 public:
  struct Limits {
    std::size_t rows = 200'000;        ///< about 20 MB
    std::size_t rows_of_period = 100;  ///< kept of each hour and day once there are too many
    std::size_t days = 400;            ///< with traffic
  };

  /// Opens nothing.
  explicit UsageFile(std::string path, Limits limits) : path_(std::move(path)), limits_(limits) {}
  explicit UsageFile(std::string path) : UsageFile(std::move(path), Limits{}) {}

  /// Adds all changes, or none if it fails. Makes the table of an empty file, and once an hour combines old
  /// rows.
  Result<void, DatabaseError> add(std::span<const ledger::Change> changes, Seconds now);
  /// Adds the rows of periods that begin at `from` or later to `table`.
  Result<void, DatabaseError> read(std::optional<Seconds> from, ledger::UsageTable& table) const;

  const std::string& path() const noexcept { return path_; }

 private:
  Result<void, DatabaseError> write(Database& database, std::span<const ledger::Change> changes, Seconds now);
  Result<void, DatabaseError> combine(Database& database, Seconds now);

  std::string path_;
  Limits limits_;
  bool is_checked_ = false;          // by PRAGMA quick_check
  std::optional<Seconds> combined_;  // the hour since 1970 of the last combine()
};

}  // namespace aluvia::usage
