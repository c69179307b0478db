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
  /// A Retry-After beyond this counts as this: a mistake of the API must not silence a proxy for ever.
  static constexpr std::chrono::hours longest_retry_after{24};

  /// `longest` is the most that failures stretch the interval to; an interval above it is not stretched.
  PollSchedule(std::chrono::milliseconds interval, std::chrono::milliseconds longest, std::uint32_t seed)
      : PollSchedule(interval, longest, seed, interval) {}
  /// `spread` is the least time over which the clients of one Retry-After moment come back: the interval at
  /// which they poll later on, where that is not `interval`.
  PollSchedule(std::chrono::milliseconds interval, std::chrono::milliseconds longest, std::uint32_t seed,
               std::chrono::milliseconds spread)
      : interval_(interval), longest_(longest), spread_(spread), random_(seed) {}

  /// From the end of one poll to the start of the next. After a success the interval ±10 %, so that many
  /// clients do not march in step; the very first wait is any from a tenth of it to the usual most, because a
  /// fleet starts all at once: a whole interval of chance spreads its polls evenly from the first round on.
  /// After failures in a row it doubles with each after the first, up to `longest`, and a refusal waits the
  /// longest at once; of such a wait the last quarter is left to chance, because an API that comes back meets
  /// everybody who waited.
  ///
  /// Never below `retry_after`. One Retry-After may name the same moment to a whole fleet, so chance adds up
  /// to the spread, or up to a quarter of `retry_after` where that is longer. `most` limits the wait; it must
  /// not be below `retry_after`.
  std::chrono::milliseconds next_wait(PollOutcome outcome,
                                      std::optional<std::chrono::seconds> retry_after = {},
                                      std::chrono::milliseconds most = std::chrono::milliseconds::max());

  /// The clients that started at one moment have been spread over an interval by now: the very first wait is
  /// one like the others.
  void begin_spread() noexcept { waited_ = true; }

 private:
  std::chrono::milliseconds base_wait(PollOutcome outcome);
  std::chrono::milliseconds usual_wait(bool is_first);
  std::chrono::milliseconds between(std::chrono::milliseconds low, std::chrono::milliseconds high);

  std::chrono::milliseconds interval_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds spread_;
  std::mt19937 random_;
  int failures_ = 0;
  bool waited_ = false;
};

}  // namespace aluvia::control
