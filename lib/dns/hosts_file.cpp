#include "dns/hosts_file.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace aluvia::dns {
namespace {

constexpr std::chrono::seconds check_interval{1};
constexpr std::chrono::seconds longest_wait{1};
constexpr std::size_t most_bytes = 64UL * 1024 * 1024;
// The kernel's file times advance in steps of a few milliseconds: two writes in one step look like one.
constexpr std::int64_t time_step_ns = 50'000'000;

std::int64_t nanoseconds(const timespec& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

/// The first `most_bytes` of `descriptor`, up to the last whole line; empty where it cannot be read.
std::string read_text(int descriptor, std::size_t expected) {
  std::string text;
  text.resize(std::min(expected + 1, most_bytes));  // one byte more, so that the end is seen at once
  std::size_t count = 0;
  for (;;) {
    if (count == text.size() && count < most_bytes) text.resize(std::min(2 * count, most_bytes));
    const ssize_t got = ::read(descriptor, text.data() + count, text.size() - count);
    if (got <= 0) break;
    count += static_cast<std::size_t>(got);
  }
  text.resize(count == most_bytes ? text.rfind('\n') + 1 : count);
  return text;
}

}  // namespace

/// Shared by the thread and the loop. The thread writes the rest before it sets `is_done`.
struct HostsFile::Reading {
  Contents contents;
  std::atomic<bool> is_done = false;
};

HostsFile::HostsFile(loop::Loop& loop, std::string path)
    : loop_(loop), path_(std::move(path)), checked_(loop::Clock::now()) {
  Contents contents = read(path_);
  table_ = std::move(contents.table);
  version_ = contents.version;
}

HostsFile::~HostsFile() {
  if (reader_.joinable()) reader_.join();
}

HostsFile::Version HostsFile::version_of(const std::string& path) noexcept {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

// The version is taken before the contents: a write between the two is found by the next check.
HostsFile::Contents HostsFile::read(const std::string& path) {
  Contents out;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  out.version = version_of(path);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not block
  if (descriptor < 0) return out;
  struct stat status {};
  std::string text;
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    text = read_text(descriptor, static_cast<std::size_t>(status.st_size));
  }
  ::close(descriptor);
  out.table = HostsTable(std::move(text));
  const bool may_change_unseen = std::abs(nanoseconds(now) - out.version.modified_ns) < time_step_ns;
  if (may_change_unseen) out.version.size = -2;  // equal to none: the next check reads once more
  return out;
}

bool HostsFile::is_changing() {
  if (reading_) {
    if (reading_->is_done.load(std::memory_order_acquire)) adopt();
    return reading_ != nullptr;
  }
  const loop::TimePoint now = loop::Clock::now();
  if (now - checked_ < check_interval) return false;
  checked_ = now;
  if (version_of(path_) == version_) return false;
  begin_reading();
  return reading_ != nullptr;
}

// If no thread can be started, the old contents stay, and the next check tries again.
void HostsFile::begin_reading() {
  if (reader_.joinable()) reader_.join();  // it has ended: its last act was to say so
  try {
    auto reading = std::make_shared<Reading>();
    const std::weak_ptr<Reading> seen = reading;
    loop::KeepRunning work(loop_);
    reader_ = std::thread([this, reading, seen, path = path_, work = std::move(work)]() mutable {
      reading->contents = read(path);
      reading->is_done.store(true, std::memory_order_release);
      reading.reset();  // the loop's is the last one, so that `seen` tells whether this object lives
      work.loop().post([this, seen] {
        if (seen.lock()) adopt();
      });
    });
    reading_ = std::move(reading);
  } catch (const std::system_error&) {
  }
}

void HostsFile::adopt() {
  if (!reading_ || !reading_->is_done.load(std::memory_order_acquire)) return;
  table_ = std::move(reading_->contents.table);
  version_ = reading_->contents.version;
  reading_.reset();
  for (loop::Event* const event : waiting_) event->set();
  waiting_.clear();
}

loop::Task<void> HostsFile::refreshed(loop::TimePoint deadline) {
  loop::Event done(loop_.get_executor());
  struct Place {  // also when the task is cancelled while it waits
    Place(std::list<loop::Event*>& list, loop::Event* event) : waiting(list), self(event) {
      waiting.push_back(self);
    }
    ~Place() { waiting.remove(self); }
    std::list<loop::Event*>& waiting;
    loop::Event* self;
  } place(waiting_, &done);
  const loop::WaitResult result =
      co_await done.wait_until(std::min(deadline, loop::Clock::now() + longest_wait));
  static_cast<void>(result);  // too late: the old contents
}

}  // namespace aluvia::dns
