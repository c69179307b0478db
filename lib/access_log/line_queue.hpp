// LineQueue: passes lines from one thread to another that writes them in batches. It holds a bounded number
// of bytes; lines beyond are dropped and counted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::access_log {

class LineQueue {
 public:
  using Milliseconds = std::chrono::milliseconds;

  explicit LineQueue(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // ---- Any thread. None of these waits: the other side holds the mutex for a few instructions only.

  /// Adds a line with its line feed, or counts it as lost.
  void add(std::string_view line);
  /// Makes the next take(), pause() or take_reopen() say that the file has to be opened again.
  void request_reopen();
  /// Begins the end: take() no longer waits, and pause() only until `time` is over. Idempotent.
  void close(Milliseconds time);

  // ---- The thread that writes.

  struct Batch {
    std::string lines;  ///< empty at the end, or where only must_reopen is true
    bool must_reopen = false;
  };
  /// Waits for a line, and then up to `gather` for more of them. An empty queue costs no wake-up.
  Batch take(Milliseconds gather);
  /// Waits before another try. Returns early for a reopen, and false if the time of close() is over.
  bool pause(Milliseconds time);
  bool take_reopen();
  /// Returns the number of lost lines, and begins to count from 0.
  std::uint64_t take_lost();
  bool has_lost();
  /// Returns true if more than a quarter of the space is used.
  bool is_filling();

 private:
  using Clock = std::chrono::steady_clock;

  const std::size_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string lines_;
  std::uint64_t lost_ = 0;
  bool must_reopen_ = false;
  std::optional<Clock::time_point> end_;  // of close()
};

}  // namespace aluvia::access_log
