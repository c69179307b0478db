// Tests the metrics of requests: the counters and histograms that each kind of record moves, and no others.
#include "telemetry/request_metrics.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::telemetry;
using aluvia::rules::Route;
using std::chrono::milliseconds;

namespace {

template <class Series>
std::uint64_t count(const Series& series) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i <= Series::bounds; ++i) out += series.in_bucket(i);
  return out;
}

RequestRecord exchange(Route route = Route::gateway) {
  RequestRecord out;
  out.route = route;
  out.status = 200;
  out.tries = 1;
  out.duration = milliseconds(70);
  return out;
}

RequestMetrics metrics_of(const RequestRecord& record) {
  RequestMetrics out;
  out.observe(record);
  return out;
}

}  // namespace

TEST_CASE("Each step of a request is in its own histogram, on its own route") {
  RequestRecord record = exchange();
  record.dns = milliseconds(1);
  record.connect = milliseconds(20);
  record.gateway = milliseconds(300);
  record.first_byte = milliseconds(4000);
  const RequestMetrics metrics = metrics_of(record);
  const RouteMetrics& gateway = metrics.of(Route::gateway);
  CHECK(gateway.dns.sum() == milliseconds(1));
  CHECK(gateway.connect.sum() == milliseconds(20));
  CHECK(gateway.gateway.sum() == milliseconds(300));
  CHECK(gateway.first_byte.sum() == milliseconds(4000));
  CHECK(gateway.duration.sum() == milliseconds(70));
  CHECK(count(gateway.tunnel) == 0);
  const RouteMetrics& direct = metrics.of(Route::direct);
  CHECK(count(direct.dns) + count(direct.connect) + count(direct.first_byte) + count(direct.duration) == 0);
}

TEST_CASE("A step that a request did not have is not observed") {
  const RequestMetrics metrics = metrics_of(exchange(Route::direct));
  const RouteMetrics& direct = metrics.of(Route::direct);
  CHECK(count(direct.dns) + count(direct.connect) + count(direct.gateway) + count(direct.first_byte) == 0);
  CHECK(count(direct.duration) == 1);
}

TEST_CASE("A tunnel counts by its lifetime, not as a request") {
  RequestRecord record = exchange(Route::direct);
  record.is_tunnel = true;
  record.duration = std::chrono::hours(2);
  const RequestMetrics metrics = metrics_of(record);
  CHECK(count(metrics.of(Route::direct).duration) == 0);
  CHECK(metrics.of(Route::direct).tunnel.sum() == std::chrono::hours(2));
}

TEST_CASE("Tries beyond the first are retries, and the last one's connection was new or reused") {
  RequestMetrics metrics;
  RequestRecord record = exchange();
  metrics.observe(record);
  record.tries = 3;
  record.is_reused = true;
  metrics.observe(record);
  record.tries = 0;  // failed before a connection
  metrics.observe(record);
  const RouteMetrics& gateway = metrics.of(Route::gateway);
  CHECK(gateway.retries == 2);
  CHECK(gateway.on_new == 1);
  CHECK(gateway.on_reused == 1);
  CHECK(metrics.of(Route::direct).on_new == 0);
}

TEST_CASE("Responses count by class, and a request without one in none") {
  for (const auto& [status, hundreds] : {std::pair{101, 1U},
                                         {200, 2U},
                                         {299, 2U},
                                         {301, 3U},
                                         {404, 4U},
                                         {504, 5U},
                                         {599, 5U},
                                         {0, 0U},
                                         {600, 0U},
                                         {-1, 0U}}) {
    CAPTURE(status);
    RequestRecord record = exchange();
    record.status = status;
    const RequestMetrics metrics = metrics_of(record);
    for (unsigned i = 1; i <= 5; ++i) CHECK(metrics.responses(i) == (i == hundreds ? 1 : 0));
  }
}

TEST_CASE("Every error type has a counter of its own, also without a route") {
  for (std::size_t i = 0; i < error_types.size(); ++i) {
    CAPTURE(error_types[i]);
    RequestRecord record;
    record.outcome = RequestRecord::Outcome::failed;
    record.error = error_types[i];
    const RequestMetrics metrics = metrics_of(record);
    for (std::size_t k = 0; k < error_types.size(); ++k) CHECK(metrics.errors(k) == (k == i ? 1 : 0));
    CHECK(count(metrics.of(Route::direct).duration) + count(metrics.of(Route::gateway).duration) == 0);
  }
}

TEST_CASE("An error type that is not in the table moves no counter of another") {
  RequestRecord record = exchange();
  record.error = "not_of_the_table";
  const RequestMetrics metrics = metrics_of(record);
  for (std::size_t i = 0; i < error_types.size(); ++i) CHECK(metrics.errors(i) == 0);
}
