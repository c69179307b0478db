#include "base/loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <sys/epoll.h>

namespace aluvia::bench {
namespace {

void resume_if_done(Operation*& waiting) {
  if (waiting == nullptr || !waiting->attempt()) return;
  std::exchange(waiting, nullptr)->caller.resume();
}

// Rounded up, so that a timer is due when the wait for it ends.
timespec until(Clock::time_point time) {
  const auto left = std::max(Clock::duration::zero(), time - Clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
}

}  // namespace

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

Registration* Loop::add(const Fd& socket) {
  auto registration = std::make_unique<Registration>();
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = registration.get();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.get(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  return registration.release();
}

void Loop::retire(Registration* registration) {
  *registration = Registration{};
  retired_.emplace_back(registration);
}

void Loop::run_until(Clock::time_point end) {
  while (Clock::now() < end) {
    wait(end);
    run_timers();
    run_ready();
    retired_.clear();
  }
}

void Loop::wait(Clock::time_point end) {
  std::array<epoll_event, 256> events;
  const auto next = timers_.empty() ? end : std::min(end, timers_.top().time);
  timespec limit{};
  if (ready_.empty() && next != Clock::time_point::max()) limit = until(next);
  const bool forever = ready_.empty() && next == Clock::time_point::max();
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   forever ? nullptr : &limit, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    auto& registration = *static_cast<Registration*>(event.data.ptr);
    if (event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) resume_if_done(registration.reader);
    if (event.events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) resume_if_done(registration.writer);
  }
}

void Loop::run_timers() {
  if (timers_.empty()) return;
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.top().time <= now) {
    const auto caller = timers_.top().caller;
    timers_.pop();
    caller.resume();
  }
}

void Loop::run_ready() {
  running_.swap(ready_);
  for (const auto caller : running_) caller.resume();
  running_.clear();
}

}  // namespace aluvia::bench
