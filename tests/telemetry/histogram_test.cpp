// Tests the histogram: the bucket of every duration at and around each bound, and the sum.
#include "telemetry/histogram.hpp"

#include <cstdint>

#include <catch2/catch.hpp>

using namespace aluvia::telemetry;
using std::chrono::microseconds;

namespace {

// Returns the bucket of the only observation.
template <class Series>
std::size_t bucket_of(microseconds value) {
  Series series;
  series.observe(value);
  for (std::size_t i = 0; i <= Series::bounds; ++i) {
    if (series.in_bucket(i) == 1) return i;
  }
  return Series::bounds + 1;
}

template <class Series>
void expect_bounds_are_included() {
  for (std::size_t i = 0; i < Series::bounds; ++i) {
    CAPTURE(i);
    CHECK(bucket_of<Series>(Series::bound(i) - microseconds(1)) == i);
    CHECK(bucket_of<Series>(Series::bound(i)) == i);
    CHECK(bucket_of<Series>(Series::bound(i) + microseconds(1)) == i + 1);
  }
}

}  // namespace

TEST_CASE("A bucket includes its upper bound and excludes that of the bucket below") {
  expect_bounds_are_included<StepHistogram>();
  expect_bounds_are_included<LifeHistogram>();
}

TEST_CASE("Bounds double") {
  CHECK(StepHistogram::bound(0) == std::chrono::milliseconds(1));
  CHECK(StepHistogram::bound(StepHistogram::bounds - 1) == std::chrono::milliseconds(32'768));
  CHECK(LifeHistogram::bound(0) == std::chrono::milliseconds(250));
  CHECK(LifeHistogram::bound(LifeHistogram::bounds - 1) == std::chrono::seconds(32'768));
}

TEST_CASE("Durations beyond every bound are in the last bucket, and those below 0 count as 0") {
  CHECK(bucket_of<StepHistogram>(microseconds::max()) == StepHistogram::bounds);
  CHECK(bucket_of<StepHistogram>(microseconds(0)) == 0);
  StepHistogram series;
  series.observe(microseconds::min());
  series.observe(microseconds(-1));
  CHECK(series.in_bucket(0) == 2);
  CHECK(series.sum() == microseconds(0));
}

TEST_CASE("The sum is exact") {
  StepHistogram series;
  for (int us = 1; us <= 4000; ++us) series.observe(microseconds(us));
  CHECK(series.sum() == microseconds(4000 * 4001 / 2));
  CHECK(series.in_bucket(0) == 1000);
  CHECK(series.in_bucket(1) == 1000);
  CHECK(series.in_bucket(2) == 2000);
}
