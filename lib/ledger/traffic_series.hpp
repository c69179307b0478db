// TrafficSeries: bytes of both routes per minute for the last hour and per hour for the last week.
#pragma once

#include "ledger/sums.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aluvia::ledger {

/// Bytes of one minute or hour.
struct Point {
  struct Bytes {
    std::uint64_t up = 0;
    std::uint64_t down = 0;
  };
  std::array<Bytes, 2> routes;  ///< by rules::Route

  Bytes& of(rules::Route route) noexcept { return routes[static_cast<std::size_t>(route)]; }
  const Bytes& of(rules::Route route) const noexcept { return routes[static_cast<std::size_t>(route)]; }
};

/// A ring of points. If the clock jumps back, the newest point goes on and the others keep their distance to
/// it: no byte is lost, and a plot of the last hour stays one.
class Ring {
 public:
  Ring(std::size_t size, Seconds step) : points_(size), step_(step) {}

  Point& newest() noexcept { return points_[newest_]; }
  /// Makes the point of `now` the newest.
  void advance(Seconds now) noexcept;
  /// Oldest first; the last one is that of `now`.
  std::vector<Point> points(Seconds now) const;

 private:
  std::vector<Point> points_;
  Seconds step_;
  std::size_t newest_ = 0;
  Seconds number_ = 0;  // steps since 1970 of the newest point
};

class TrafficSeries {
 public:
  /// True if `now` is outside the minute that add() counts for.
  bool must_advance(Seconds now) const noexcept { return now - begin_ >= one_minute; }
  void advance(Seconds now) noexcept;
  void add(rules::Route route, std::uint64_t up, std::uint64_t down) noexcept {
    Point::Bytes& bytes = current_.of(route);
    bytes.up += up;
    bytes.down += down;
  }

  /// 60 points, oldest first; the last one is the minute of `now`.
  std::vector<Point> minutes(Seconds now);
  /// 168 points, likewise.
  std::vector<Point> hours(Seconds now);

 private:
  void flush() noexcept;

  Point current_{};    // of the current minute, not yet in the rings: one addition per read is enough
  Seconds begin_ = 0;  // of the current minute
  Ring minutes_{60, one_minute};
  Ring hours_{7 * 24, one_hour};
};

}  // namespace aluvia::ledger
