// LineQueue: passes lines from one thread to another that writes them in batches. It holds a bounded number
// of bytes; lines beyond are dropped and counted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

namespace aluvia::access_log {

/// Lines one behind the other, each with its line feed. Holds no memory while it is empty.
class Lines {
 public:
  std::string_view view() const noexcept { return {storage_.get(), size_}; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// Makes space for `most` bytes more, and returns its begin. `capacity` is that of the first storage.
  char* space(std::size_t most, std::size_t capacity) {
    if (size_ + most > capacity_) grow(size_ + most, capacity);
    return storage_.get() + size_;
  }
  /// The lines go as far as `end`, which is in the space that was made.
  void end_at(const char* end) noexcept { size_ = static_cast<std::size_t>(end - storage_.get()); }

 private:
  void grow(std::size_t needed, std::size_t capacity);

  std::unique_ptr<char[]> storage_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

class LineQueue {
 public:
  using Milliseconds = std::chrono::milliseconds;

  explicit LineQueue(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // ---- Any thread. None of these waits: the other side holds the mutex for a few instructions only.

  /// Adds a line, or counts it as lost if there is no space for `most` bytes. `put` writes the line with its
  /// line feed at the place that it gets, and returns the place behind; it runs under the mutex, so that the
  /// line is not copied.
  template <class Put>
  void add(std::size_t most, Put put) {
    const std::lock_guard lock(mutex_);
    const std::size_t before = lines_.size();
    if (before + most > most_bytes_) {
      ++lost_;
      return;
    }
    lines_.end_at(put(lines_.space(most, first_storage)));
    // Wakes the thread for the first line of a batch and for a full one: it needs no other wake-up, and each
    // costs a system call.
    const bool fills_batch = before < full_batch && lines_.size() >= full_batch;
    if (before == 0 || fills_batch) changed_.notify_one();
  }
  /// Makes the next take(), pause() or take_reopen() say that the file has to be opened again.
  void request_reopen();
  /// Begins the end: take() no longer waits, and pause() only until `time` is over. Idempotent.
  void close(Milliseconds time);

  // ---- The thread that writes.

  struct Batch {
    Lines lines;  ///< empty at the end, or where only must_reopen is true
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

  /// A batch of this size is taken at once.
  static constexpr std::size_t full_batch = 64 * 1024;
  /// Enough for a batch, so that its lines are not copied while the storage grows.
  static constexpr std::size_t first_storage = full_batch + 4096;

  const std::size_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Lines lines_;
  std::uint64_t lost_ = 0;
  bool must_reopen_ = false;
  std::optional<Clock::time_point> end_;  // of close()
};

}  // namespace aluvia::access_log
