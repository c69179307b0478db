// How long to wait between two polls: numbers in, a duration out; no thread and no clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace aluvia::control {

/// How the last poll ended, as far as the wait depends on it.
enum class PollOutcome {
  fine,     ///< 200 or 304
  refused,  ///< 401, 402, 403: asking again soon helps nobody
  failed,   ///< everything else
};

class PollSchedule {
 public:
  /// Retry-After is not believed beyond this.
  static constexpr std::chrono::minutes longest_retry_after{5};
  /// After failures the interval grows up to this many times itself.
  static constexpr int longest_stretch = 6;

  PollSchedule(std::chrono::milliseconds interval, std::uint32_t seed) : interval_(interval), random_(seed) {}

  /// From the end of one poll to the start of the next: the interval ±10 %, so that many clients do not march
  /// in step; doubled with each failure in a row after the first, up to longest_stretch; never below
  /// `retry_after`.
  std::chrono::milliseconds next_wait(PollOutcome outcome,
                                      std::optional<std::chrono::seconds> retry_after = {});

 private:
  int stretch(PollOutcome outcome);

  std::chrono::milliseconds interval_;
  std::minstd_rand random_;
  int failures_ = 0;
};

}  // namespace aluvia::control
