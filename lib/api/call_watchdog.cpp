#include "api/call_watchdog.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::api {

CallWatchdog::~CallWatchdog() {
  end();
  unwatch();
}

void CallWatchdog::begin(Clock::time_point deadline) {
  {
    const std::lock_guard lock(mutex_);
    if (verdict_ == Verdict::expired) verdict_ = Verdict::running;
    in_call_ = true;
  }
  clock_ = std::thread([this, deadline] { watch_clock(deadline); });
}

void CallWatchdog::end() noexcept {
  {
    const std::lock_guard lock(mutex_);
    in_call_ = false;
  }
  changed_.notify_all();
  if (clock_.joinable()) clock_.join();
}

void CallWatchdog::cancel() noexcept {
  {
    const std::lock_guard lock(mutex_);
    verdict_ = Verdict::cancelled;
    shut_down();
  }
  changed_.notify_all();
}

CallWatchdog::Verdict CallWatchdog::verdict() const {
  const std::lock_guard lock(mutex_);
  return verdict_;
}

bool CallWatchdog::watch(int socket) {
  unwatch();
  const std::lock_guard lock(mutex_);
  socket_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (verdict_ != Verdict::running) shut_down();
  return socket_ >= 0;
}

void CallWatchdog::unwatch() noexcept {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

bool CallWatchdog::has_input() const {
  const std::lock_guard lock(mutex_);
  pollfd entry{socket_, POLLIN, 0};
  return socket_ >= 0 && poll(&entry, 1, 0) != 0;
}

bool CallWatchdog::wait_until(Clock::time_point limit, const std::function<bool()>& done) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, limit, [&] { return done() || verdict_ != Verdict::running; });
  return done();
}

void CallWatchdog::update(const std::function<void()>& change) {
  {
    const std::lock_guard lock(mutex_);
    change();
  }
  changed_.notify_all();
}

void CallWatchdog::watch_clock(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  const auto over = [&] { return !in_call_ || verdict_ != Verdict::running; };
  if (changed_.wait_until(lock, deadline, over)) return;
  verdict_ = Verdict::expired;
  shut_down();
  lock.unlock();
  changed_.notify_all();
}

void CallWatchdog::shut_down() noexcept {
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

}  // namespace aluvia::api
