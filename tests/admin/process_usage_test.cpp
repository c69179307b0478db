// Tests the series of the process: that each value is that of this process.
#include "admin/process_usage.hpp"

#include "admin/metrics_text.hpp"
#include "sample.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace aluvia::admin;
using namespace aluvia::admin::test;

TEST_CASE("The process has memory, time, descriptors and a start in the past") {
  const ProcessUsage usage = read_process_usage();
  REQUIRE(usage.resident_bytes);
  CHECK(*usage.resident_bytes > 1'000'000);
  CHECK(usage.virtual_bytes.value() > *usage.resident_bytes);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur != RLIM_INFINITY) CHECK(usage.max_fds.value() == limit.rlim_cur);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(usage.start_time.value() < now + 1);
  CHECK(usage.start_time.value() > now - 600);
  CHECK(read_process_usage().start_time == usage.start_time);
}

TEST_CASE("Processor time grows with work") {
  const double before = read_process_usage().cpu_seconds.value();
  while (read_process_usage().cpu_seconds.value() < before + 0.001) {
  }
  CHECK(read_process_usage().cpu_seconds.value() >= before + 0.001);
}

TEST_CASE("Open descriptors grow by those that are opened, whichever way they are counted") {
  const auto before = read_process_usage().open_fds.value();
  const auto looked = count_descriptors(100'000).value();
  std::vector<int> opened(7);
  for (int& fd : opened) fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(read_process_usage().open_fds.value() == before + opened.size());
  CHECK(count_descriptors(100'000).value() == looked + opened.size());
  CHECK_FALSE(count_descriptors(opened.size()).has_value());
  for (const int fd : opened) ::close(fd);
}

TEST_CASE("A value that the system does not tell has no series") {
  MetricsText none;
  add_process_series(none, {});
  CHECK(std::move(none).take().empty());
  MetricsText one;
  add_process_series(one, {.open_fds = 12});
  const std::string text = std::move(one).take();
  CHECK(has(text, "# HELP process_open_fds Open file descriptors.\n"));
  CHECK(has(text, "# TYPE process_open_fds gauge\nprocess_open_fds 12\n"));
  CHECK(std::ranges::count(text, '\n') == 3);
}
