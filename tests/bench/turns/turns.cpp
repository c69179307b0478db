// A library for LD_PRELOAD that measures the turns of event loops: the time from the return of epoll_wait()
// to the next call, for each thread. It writes to the file that BENCH_TURNS names, which the bench maps and
// reads while the program runs; tests/bench/suite/turns.py knows its layout.
#include "turns/layout.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace aluvia::bench {
namespace {

using EpollWait = int (*)(int, epoll_event*, int, int);

std::uint64_t now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec);
}

// Null: nothing is measured. The mapping lives as long as the process.
TurnsFile* open_file() {
  const char* const path = std::getenv("BENCH_TURNS");
  const int file = path ? ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (file < 0) return nullptr;
  void* mapped = MAP_FAILED;
  if (::ftruncate(file, sizeof(TurnsFile)) == 0)
    mapped = ::mmap(nullptr, sizeof(TurnsFile), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  return mapped == MAP_FAILED ? nullptr : static_cast<TurnsFile*>(mapped);
}

TurnsFile* the_file() {
  static TurnsFile* const file = open_file();
  return file;
}

ThreadTurns* claim_slot() {
  TurnsFile* const file = the_file();
  if (!file) return nullptr;
  const std::uint64_t index = std::atomic_ref(file->threads).fetch_add(1);
  if (index >= most_threads) return nullptr;
  file->slots[index].thread = static_cast<std::uint64_t>(::syscall(SYS_gettid));
  return &file->slots[index];
}

std::size_t bucket_of(std::uint64_t nanoseconds) {
  const std::uint64_t microseconds = nanoseconds / 1000;
  std::size_t bucket = 0;
  while (bucket + 1 < buckets && microseconds >> bucket != 0) ++bucket;
  return bucket;
}

// One thread's clock. The longest turns by processor time are kept, because only those are the program's own.
class Turn {
 public:
  void end() {
    if (!slot_ || begun_ == 0) return;
    const std::uint64_t wall = now(CLOCK_MONOTONIC) - begun_;
    const std::uint64_t processor = now(CLOCK_THREAD_CPUTIME_ID) - processor_;
    follow_epoch();
    ++slot_->turns;
    ++slot_->wall[bucket_of(wall)];
    ++slot_->processor[bucket_of(processor)];
    slot_->longest_wall = std::max(slot_->longest_wall, wall);
    keep({begun_, wall, processor});
  }
  void begin() {
    if (!slot_) return;
    begun_ = now(CLOCK_MONOTONIC);
    processor_ = now(CLOCK_THREAD_CPUTIME_ID);
  }

 private:
  // The bench starts another measurement by another epoch.
  void follow_epoch() {
    const std::uint64_t epoch = std::atomic_ref(the_file()->epoch).load(std::memory_order_relaxed);
    if (slot_->epoch == epoch) return;
    const std::uint64_t thread = slot_->thread;
    *slot_ = ThreadTurns{};
    slot_->thread = thread;
    slot_->epoch = epoch;
  }
  void keep(const LongTurn& turn) {
    auto* const least =
        std::min_element(std::begin(slot_->longest), std::end(slot_->longest),
                         [](const LongTurn& a, const LongTurn& b) { return a.processor < b.processor; });
    if (turn.processor > least->processor) *least = turn;
  }

  ThreadTurns* const slot_ = claim_slot();
  std::uint64_t begun_ = 0;
  std::uint64_t processor_ = 0;
};

thread_local Turn turn;

}  // namespace
}  // namespace aluvia::bench

extern "C" int epoll_wait(int set, epoll_event* events, int most, int timeout) {
  static const auto original = reinterpret_cast<aluvia::bench::EpollWait>(::dlsym(RTLD_NEXT, "epoll_wait"));
  auto& turn = aluvia::bench::turn;
  turn.end();
  const int result = original(set, events, most, timeout);
  turn.begin();
  return result;
}
