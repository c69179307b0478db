// Counts the results of one run of a job, in a window that opens after the warm-up: operations with their
// times, bytes, failures, and the processor time of the processes under test.
#pragma once

#include "base/loop.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace aluvia::bench {

class Measurement {
 public:
  // The processes whose time is counted, with all their threads (but not their children).
  explicit Measurement(std::vector<pid_t> processes) : processes_(std::move(processes)) {}

  void open();
  void close();

  void operation(Clock::time_point begun);
  void moved(std::size_t bytes);
  void failed() { ++failures_; }

  // Of the window; all failures, also those before it.
  std::size_t operations() const { return microseconds_tenths_.size(); }
  std::size_t failures() const { return failures_; }

  // One JSON object: seconds, cpu_seconds, operations, bytes, failures, p50_us, p99_us.
  std::string json() const;

 private:
  double percentile(double part) const;

  std::vector<pid_t> processes_;
  bool open_ = false;
  Clock::time_point opened_;
  double seconds_ = 0;
  double cpu_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t failures_ = 0;
  std::vector<std::uint32_t> microseconds_tenths_;
};

}  // namespace aluvia::bench
