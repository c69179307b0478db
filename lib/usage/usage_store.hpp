// UsageStore: saves changes of the ledger in a state directory, and reads usage from it, on a thread of its
// own. While the file cannot be written, it keeps the changes and tries again.
#pragma once

#include "base/logger.hpp"
#include "ledger/change.hpp"
#include "ledger/usage.hpp"
#include "usage/usage_file.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace aluvia::usage {

/// Changes that are not in the file yet, one for each key and hour.
class UnsavedChanges {
 public:
  void add(ledger::Change change);
  void clear() { changes_.clear(); }
  bool empty() const noexcept { return changes_.empty(); }
  std::vector<ledger::Change> list() const;
  std::uint64_t bytes() const;

 private:
  using Place = std::tuple<Seconds, std::string, rules::Route, std::string>;
  struct Gain {
    ledger::Sums sums;
    ledger::ErrorCounts errors;
  };
  std::map<Place, Gain> changes_;
};

class UsageStore {
 public:
  using Done = std::function<void(ledger::UsageReport)>;
  using Clock = std::function<Seconds()>;

  /// `path` is that of make_usage_file(). Any thread calls `clock`. `retry` is the time between two attempts
  /// after a failure.
  UsageStore(std::string path, Logger logger, Clock clock,
             std::chrono::milliseconds retry = std::chrono::seconds(10));
  /// Saves what is not saved, in one attempt, and ends the thread: takes a second if the file is locked.
  ~UsageStore();
  UsageStore(const UsageStore&) = delete;
  UsageStore& operator=(const UsageStore&) = delete;

  /// Any thread, does not wait.
  void save(std::vector<ledger::Change> changes);
  /// Calls `done` on the store's thread; it must not block. Changes of earlier calls of save() are included,
  /// also those that the file does not take.
  void read(ledger::UsageQuery query, Done done);
  /// Runs `work`, which may block, on the store's thread, also during the destructor. Any thread, does not
  /// wait.
  void run_off_loop(std::function<void()> work);

 private:
  struct Read {
    ledger::UsageQuery query;
    Done done;
  };

  void run();
  void wait(std::unique_lock<std::mutex>& lock);
  void try_to_save();
  Result<void, DatabaseError> add_to_file();
  void give_up_damaged();
  void set_failure(const std::string& reason);
  ledger::UsageReport report(const ledger::UsageQuery& query) const;

  const Logger logger_;
  const Clock clock_;
  const std::chrono::milliseconds retry_;

  // Of the thread.
  UsageFile file_;
  UnsavedChanges unsaved_;
  std::string failure_;  // the reason why unsaved_ is not in the file; empty: none

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ledger::Change> given_;
  std::vector<Read> reads_;
  std::vector<std::function<void()>> works_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace aluvia::usage
