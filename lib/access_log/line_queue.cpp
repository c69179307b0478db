#include "access_log/line_queue.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::access_log {

void Lines::grow(std::size_t needed, std::size_t capacity) {
  capacity_ = std::max({needed, capacity, 2 * capacity_});
  auto storage = std::make_unique_for_overwrite<char[]>(capacity_);
  std::copy_n(storage_.get(), size_, storage.get());
  storage_ = std::move(storage);
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
  return {std::exchange(lines_, Lines{}), std::exchange(must_reopen_, false)};
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
