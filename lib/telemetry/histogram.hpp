// Histogram: counts durations in buckets whose upper bounds double, for series of Prometheus.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace aluvia::telemetry {

/// Bucket i counts the durations up to `bound(i)`, its bound included, that no lower bucket counts; the last
/// bucket has no bound. Doubling makes the bucket a matter of one division by a constant and the position of
/// a bit, so observe() neither searches nor branches per bucket.
template <std::uint64_t FirstBoundUs, std::size_t BoundCount>
class Histogram {
 public:
  using Time = std::chrono::microseconds;
  static constexpr std::size_t bounds = BoundCount;

  /// Returns the upper bound of bucket `index`, which is below `bounds`.
  static constexpr Time bound(std::size_t index) noexcept {
    return Time(static_cast<Time::rep>(FirstBoundUs << index));
  }

  /// A negative duration counts as 0.
  constexpr void observe(Time value) noexcept {
    const auto us = static_cast<std::uint64_t>(std::max(value, Time::zero()).count());
    ++buckets_[bucket_of(us)];
    sum_us_ += us;
  }

  /// Returns the observations in bucket `index`, not cumulated; `bounds` is the bucket without a bound.
  constexpr std::uint64_t in_bucket(std::size_t index) const noexcept { return buckets_[index]; }
  constexpr Time sum() const noexcept { return Time(static_cast<Time::rep>(sum_us_)); }

 private:
  static constexpr std::size_t bucket_of(std::uint64_t us) noexcept {
    const std::uint64_t first_bounds = us == 0 ? 0 : (us - 1) / FirstBoundUs;  // whole ones below the value
    return std::min(static_cast<std::size_t>(std::bit_width(first_bounds)), BoundCount);
  }

  std::array<std::uint64_t, BoundCount + 1> buckets_{};
  std::uint64_t sum_us_ = 0;
};

/// For steps of a request: 1 ms, 2 ms, 4 ms … 32.768 s.
using StepHistogram = Histogram<1'000, 16>;
/// For the life of a tunnel: 250 ms, 500 ms, 1 s … 34 min 8 s … 9 h 6 min.
using LifeHistogram = Histogram<250'000, 18>;

}  // namespace aluvia::telemetry
