// What the tests of usage share: a folder, changes, a log in memory, and reports of a store.
#pragma once

#include "base/logger.hpp"
#include "ledger/sums.hpp"
#include "usage/state_folder.hpp"
#include "usage/usage_store.hpp"

#include <algorithm>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <stdlib.h>

namespace aluvia::usage::testing {

using ledger::Change;
using ledger::one_day;
using ledger::one_hour;
using ledger::UsageBy;
using ledger::UsageReport;
using rules::Route;

constexpr Seconds noon = 1'796'040'000;  // 2026-11-30 12:00 UTC

class Folder {
 public:
  Folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string file() const { return path_ + "/usage.sqlite"; }

 private:
  std::string path_ = "/tmp/usage-test-XXXXXX";
};

inline Change change(std::string host, std::uint64_t down, Seconds begin = noon, Route route = Route::gateway,
                     std::string rule = "*") {
  return {begin, std::move(host), route, std::move(rule), {.requests = 1, .bytes_down = down}};
}

// Collects the lines of a logger; any thread.
class Log {
 public:
  Logger logger() {
    return Logger(
        LogLevel::info, LogFormat::json,
        [this](std::string_view line) {
          const std::lock_guard lock(mutex_);
          text_ += line;
        },
        [] { return std::chrono::system_clock::time_point(); });
  }
  std::size_t count(const std::string& event) const {
    const std::lock_guard lock(mutex_);
    const std::string mark = "\"event\":\"" + event + '"';
    std::size_t out = 0;
    for (auto at = text_.find(mark); at != text_.npos; at = text_.find(mark, at + 1)) ++out;
    return out;
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

inline UsageReport read(UsageStore& store, UsageBy by = UsageBy::host, std::optional<Seconds> since = {}) {
  std::promise<UsageReport> promise;
  store.read({by, since}, [&](UsageReport report) { promise.set_value(std::move(report)); });
  return promise.get_future().get();
}

inline UsageReport read(const UsageFile& file, UsageBy by = UsageBy::host, std::optional<Seconds> from = {}) {
  ledger::UsageTable table(by);
  const auto done = file.read(from, table);
  REQUIRE(done.has_value());
  return std::move(table).report(from, noon);
}

inline std::uint64_t down(const UsageReport& report, std::string_view name) {
  const auto row = std::ranges::find(report.rows, name, &ledger::UsageRow::name);
  return row == report.rows.end() ? 0 : row->total().bytes_down;
}

}  // namespace aluvia::usage::testing
