// PollSchedule: computes the wait between two polls, without a thread or a clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace aluvia::control {

/// Result of the last poll, as far as the wait depends on it.
enum class PollOutcome {
  fine,     ///< 200 or 304
  refused,  ///< 401, 402, 403: an early retry would get the same response
  failed,   ///< any other response, or none
};

class PollSchedule {
 public:
  /// A longer Retry-After is cut to this limit, so that a mistake of the API cannot stop a proxy's polls.
  static constexpr std::chrono::hours longest_retry_after{24};

  /// Failures stretch the interval up to `longest`; a longer interval is not stretched.
  PollSchedule(std::chrono::milliseconds interval, std::chrono::milliseconds longest, std::uint32_t seed)
      : PollSchedule(interval, longest, seed, interval) {}
  /// `spread` is the minimum time over which the clients that got the same Retry-After are spread. It is the
  /// interval of later polls, if that differs from `interval`.
  PollSchedule(std::chrono::milliseconds interval, std::chrono::milliseconds longest, std::uint32_t seed,
               std::chrono::milliseconds spread)
      : interval_(interval), longest_(longest), spread_(spread), random_(seed) {}

  /// Returns the time from the end of one poll to the start of the next. After a success it is the interval
  /// ±10 %, so that clients do not poll in step. The first wait is random between 10 % and 110 % of the
  /// interval, because a fleet starts all at once: this spreads its polls evenly from the first round on.
  /// From the second failure in a row the wait doubles, up to `longest`; a rejection waits `longest` at once.
  /// The last quarter of such a wait is random, because all clients return to an API that recovers.
  ///
  /// The wait is never below `retry_after`. One Retry-After may name the same moment to a whole fleet, so a
  /// random time is added: up to the spread, or up to a quarter of `retry_after` if that is longer. `most`
  /// limits the wait; it must not be below `retry_after`.
  std::chrono::milliseconds next_wait(PollOutcome outcome,
                                      std::optional<std::chrono::seconds> retry_after = {},
                                      std::chrono::milliseconds most = std::chrono::milliseconds::max());

  /// Makes the first wait one like the others: the clients of a fleet are spread over an interval already.
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
