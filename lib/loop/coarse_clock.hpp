// The time of the kernel's last tick, a few milliseconds old at most: for what is asked with every request
// and measured in seconds. A fifth of the cost of Clock::now().
#pragma once

#include "loop/asio.hpp"

#include <ctime>

namespace aluvia::loop {

/// Never later than Clock::now(), and earlier by less than this (100 Hz is the slowest tick that kernels are
/// built with).
inline constexpr std::chrono::milliseconds coarse_step{10};

inline TimePoint coarse_now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);  // steady_clock is CLOCK_MONOTONIC
  return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace aluvia::loop
