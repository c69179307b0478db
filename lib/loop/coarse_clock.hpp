// Reads the time of the kernel's last tick, which costs a fifth of Clock::now(). For times that are needed
// with every request and compared in seconds.
#pragma once

#include "loop/loop.hpp"

#include <ctime>

namespace aluvia::loop {

/// How far coarse_now() may be behind Clock::now(): one tick, and 100 Hz is the slowest that Linux offers.
inline constexpr std::chrono::milliseconds coarse_step{10};

/// Never later than Clock::now().
inline TimePoint coarse_now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);  // steady_clock is CLOCK_MONOTONIC
  return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace aluvia::loop
