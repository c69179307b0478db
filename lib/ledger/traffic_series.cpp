#include "ledger/traffic_series.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::ledger {
namespace {

void accumulate(Point& to, const Point& from) noexcept {
  for (std::size_t i = 0; i < to.routes.size(); ++i) {
    to.routes[i].up += from.routes[i].up;
    to.routes[i].down += from.routes[i].down;
  }
}

}  // namespace

void Ring::advance(Seconds now) noexcept {
  const Seconds number = now / step_;
  if (number > number_) {
    const Seconds steps = std::min<Seconds>(number - number_, points_.size());
    for (Seconds i = 0; i < steps; ++i) {
      newest_ = (newest_ + 1) % points_.size();
      points_[newest_] = {};
    }
  }
  number_ = number;
}

std::vector<Point> Ring::points(Seconds now) const {
  Ring copy = *this;
  copy.advance(now);
  std::vector<Point> out;
  out.reserve(points_.size());
  for (std::size_t i = 1; i <= points_.size(); ++i) {
    out.push_back(copy.points_[(copy.newest_ + i) % points_.size()]);
  }
  return out;
}

void TrafficSeries::flush() noexcept {
  const Point counted = std::exchange(current_, {});
  accumulate(minutes_.newest(), counted);
  accumulate(hours_.newest(), counted);
}

void TrafficSeries::advance(Seconds now) noexcept {
  flush();
  minutes_.advance(now);
  hours_.advance(now);
  begin_ = now - now % one_minute;
}

std::vector<Point> TrafficSeries::minutes(Seconds now) {
  flush();
  return minutes_.points(now);
}

std::vector<Point> TrafficSeries::hours(Seconds now) {
  flush();
  return hours_.points(now);
}

}  // namespace aluvia::ledger
