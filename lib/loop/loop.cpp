#include "loop/loop.hpp"

#include "loop/reactor.hpp"
#include "loop/timer_heap.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace aluvia::loop {
namespace {

// Rounded up: a turn that is too early would only come again.
int milliseconds_until(TimePoint limit) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(limit - Clock::now()).count();
  return static_cast<int>(std::clamp<milliseconds::rep>(left, 0, std::numeric_limits<int>::max()));
}

thread_local const Loop* innermost = nullptr;  // of the loops that run in this thread

}  // namespace

// Makes the loop the one that runs in this thread, as long as it lives.
class Loop::Running {
 public:
  explicit Running(const Loop& loop) noexcept : outer_(std::exchange(innermost, &loop)) {}
  ~Running() { innermost = outer_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  const Loop* const outer_;
};

Loop::Wake::Wake() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
}

Loop::Wake::~Wake() {
  ::close(descriptor_);
}

void Loop::Wake::operator()() const noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(::write(descriptor_, &one, sizeof one) < 0);  // full after 2^64 writes
}

Loop::Loop()
    : reactor_(std::make_unique<Reactor>(get_executor())),
      timers_(std::make_unique<TimerHeap>(*reactor_)),
      functions_guard_(functions_.get_executor()) {
  reactor_->add_wake(wake_.descriptor());
}

Loop::~Loop() {
  reactor_->shut_down();
}

bool Loop::is_running_in_this_thread() const noexcept {
  return innermost == this;
}

void Loop::run() {
  const Running running(*this);
  while (has_work()) turn(-1);
}

bool Loop::run_one_until(TimePoint limit) {
  const Running running(*this);
  while (has_work()) {
    const bool is_limited = limit != TimePoint::max();
    const int wait_ms = is_limited ? milliseconds_until(limit) : -1;
    if (turn(wait_ms)) return true;
    if (is_limited && wait_ms == 0) return false;
  }
  return false;
}

bool Loop::poll_one() {
  const Running running(*this);
  return turn(0);
}

bool Loop::has_work() const noexcept {
  return reactor_->has_work() || posted_ > 0 || keepers_ > 0;
}

// Waiters that yield come last, so that bulk transfers let everything else that is ready pass. Waits only if
// nothing else is to be done.
bool Loop::turn(int wait_ms) {
  const bool may_wait = posted_ == 0 && !reactor_->is_pending();
  bool is_done = reactor_->dispatch(may_wait ? wait_ms : 0);
  is_done = call_posted() || is_done;
  is_done = reactor_->notify_yielding() || is_done;
  reactor_->rethrow_first();
  return is_done;
}

// Those that are posted meanwhile wait for the next turn.
bool Loop::call_posted() {
  const std::size_t count = posted_.load();
  for (std::size_t called = 0; called < count; ++called) {
    --posted_;
    reactor_->guarded([this] { functions_.poll_one(); });
  }
  return count > 0;
}

// The loop's own thread looks at the functions before it waits, so that only others have to wake it.
void Loop::on_posted() noexcept {
  if (posted_++ == 0 && !is_running_in_this_thread()) wake_();
}

void Loop::release() noexcept {
  if (--keepers_ == 0 && !is_running_in_this_thread())
    wake_();  // it may wait for what will not come any more
}

}  // namespace aluvia::loop
