// AccessLog: writes a line for each finished request to a file, on a thread of its own.
//
// The loop writes the line into a bounded queue; it never waits for the file. The thread sleeps while nothing
// happens, gathers lines for a moment, and writes them together. A file that takes no lines (a full disk, a
// pipe that is not read) is tried again, and the queue keeps what comes meanwhile. Lines that no longer fit
// are dropped and counted. The program's log says so when it begins and when it has ended.
#pragma once

#include "access_log/line_queue.hpp"
#include "access_log/log_file.hpp"
#include "base/logger.hpp"
#include "base/result.hpp"
#include "telemetry/access_line.hpp"
#include "telemetry/request_record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace aluvia::access_log {

struct AccessLogOptions {
  std::string file{};  ///< appended to; empty: `sink`, or no access log at all
  /// Takes one line in place of the file, or returns false if it would have to wait. Called on the thread of
  /// the access log.
  std::function<bool(std::string_view line)> sink{};
  telemetry::AccessFormat format = telemetry::AccessFormat::json;
  bool has_paths = false;  ///< lines of plain HTTP requests have path and query
  bool has_opens = false;  ///< a tunnel has a line when it opens, too

  bool is_wanted() const noexcept { return !file.empty() || sink; }
};

/// Tests make these smaller.
struct AccessLogLimits {
  using Milliseconds = std::chrono::milliseconds;

  std::size_t queue = 4 * 1024 * 1024;  ///< bytes that wait for the file, at most
  Milliseconds gather{100};             ///< from the first line of a batch to its write
  Milliseconds pause{250};              ///< between two tries of a file that takes nothing, at most
  Milliseconds close{2000};             ///< for the last lines at the end
};

class AccessLog {
 public:
  /// Opens the file and starts the thread. The error is a phrase about the file, with advice.
  static Result<std::unique_ptr<AccessLog>, std::string> open(AccessLogOptions options, Logger logger,
                                                              const AccessLogLimits& limits = {});
  ~AccessLog();  ///< calls close()
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  /// Leaves the line of a finished request, or of a tunnel that has just opened, for the thread. Does not
  /// wait. Loop thread only.
  void write(const telemetry::RequestRecord& record,
             telemetry::AccessLine::Moment moment = telemetry::AccessLine::Moment::end) {
    queue_.add(telemetry::AccessLine::most_bytes(record),
               [&](char* at) { return line_.put(at, record, moment); });
  }

  /// Opens the file again by its name, after another program has renamed it; lines written before are in the
  /// old file. Any thread; does not wait. Also after close().
  void reopen() { queue_.request_reopen(); }

  /// Writes the lines that are left, for AccessLogLimits::close at most, and ends the thread. Idempotent;
  /// later lines are lost.
  void close();

 private:
  AccessLog(AccessLogOptions options, std::optional<LogFile> file, Logger logger,
            const AccessLogLimits& limits);

  void run();
  void put_batch(std::string_view batch);
  std::size_t put_some(std::string_view batch, std::size_t at);
  std::int64_t put_once(std::string_view lines) const;
  void give_up(std::string_view lines);
  void reopen_file();
  void note_failure(std::string_view reason);
  void note_success();

  const AccessLogOptions options_;
  const Logger logger_;
  const AccessLogLimits limits_;
  const std::string name_;      // for messages
  telemetry::AccessLine line_;  // of the loop thread
  LineQueue queue_;
  std::optional<LogFile> file_;  // of the log's thread; none: the sink
  bool has_failed_ = false;      // of the log's thread
  std::thread thread_;           // last, because it uses all of the above
};

}  // namespace aluvia::access_log
