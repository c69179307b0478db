#include "access_log/line_queue.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::access_log {
namespace {

// A batch of this size is taken at once.
constexpr std::size_t full_batch = 64 * 1024;

// Enough for a batch, so that its lines are not copied while the storage grows.
constexpr std::size_t first_storage = full_batch + 4096;

}  // namespace

// Wakes the thread for the first line of a batch and for a full one: it needs no other wake-up, and each
// costs a system call.
void LineQueue::add(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const std::size_t before = lines_.size();
  if (before + line.size() > most_bytes_) {
    ++lost_;
    return;
  }
  if (before == 0) lines_.reserve(first_storage);
  lines_.append(line);
  const bool fills_batch = before < full_batch && lines_.size() >= full_batch;
  if (before == 0 || fills_batch) changed_.notify_one();
}

void LineQueue::request_reopen() {
  const std::lock_guard lock(mutex_);
  must_reopen_ = true;
  changed_.notify_one();
}

void LineQueue::close(Milliseconds time) {
  const std::lock_guard lock(mutex_);
  if (!end_) end_ = Clock::now() + time;
  changed_.notify_one();
}

// The queue is left without memory, because an idle log holds none.
LineQueue::Batch LineQueue::take(Milliseconds gather) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !lines_.empty() || must_reopen_ || end_; });
  changed_.wait_for(lock, gather, [this] { return lines_.size() >= full_batch || must_reopen_ || end_; });
  return {std::exchange(lines_, {}), std::exchange(must_reopen_, false)};
}

bool LineQueue::pause(Milliseconds time) {
  std::unique_lock lock(mutex_);
  const auto now = Clock::now();
  if (end_ && now >= *end_) return false;
  const bool was_closing = end_.has_value();
  const auto until = was_closing ? std::min(now + time, *end_) : now + time;
  changed_.wait_until(lock, until, [&] { return must_reopen_ || end_.has_value() != was_closing; });
  return true;
}

bool LineQueue::take_reopen() {
  const std::lock_guard lock(mutex_);
  return std::exchange(must_reopen_, false);
}

std::uint64_t LineQueue::take_lost() {
  const std::lock_guard lock(mutex_);
  return std::exchange(lost_, 0);
}

bool LineQueue::is_filling() {
  const std::lock_guard lock(mutex_);
  return lines_.size() > most_bytes_ / 4;
}

bool LineQueue::has_lost() {
  const std::lock_guard lock(mutex_);
  return lost_ > 0;
}

}  // namespace aluvia::access_log
