#include "load/measurement.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <time.h>

namespace aluvia::bench {
namespace {

constexpr std::size_t expected_operations = 1 << 20;

// The scheduler's own clock of a process: what /proc/PID/stat rounds to hundredths of a second, in
// nanoseconds.
double cpu_seconds(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double cpu_seconds(const std::vector<pid_t>& processes) {
  double sum = 0;
  for (const pid_t process : processes) sum += cpu_seconds(process);
  return sum;
}

double seconds_since(Clock::time_point time) {
  return std::chrono::duration<double>(Clock::now() - time).count();
}

}  // namespace

void Measurement::open() {
  microseconds_tenths_.reserve(expected_operations);
  cpu_ = cpu_seconds(processes_);
  opened_ = Clock::now();
  open_ = true;
}

void Measurement::close() {
  open_ = false;
  seconds_ = seconds_since(opened_);
  cpu_ = cpu_seconds(processes_) - cpu_;
  std::ranges::sort(microseconds_tenths_);
}

void Measurement::operation(Clock::time_point begun) {
  if (!open_) return;
  const double tenths = seconds_since(begun) * 1e7;
  microseconds_tenths_.push_back(
      static_cast<std::uint32_t>(std::min<double>(tenths, std::numeric_limits<std::uint32_t>::max())));
}

void Measurement::moved(std::size_t bytes) {
  if (open_) bytes_ += bytes;
}

double Measurement::percentile(double part) const {
  if (microseconds_tenths_.empty()) return 0;
  const double last = static_cast<double>(microseconds_tenths_.size() - 1);
  return microseconds_tenths_[static_cast<std::size_t>(last * part)] / 10.0;
}

std::string Measurement::json() const {
  return fmt::format(
      "{{\"seconds\":{:.4f},\"cpu_seconds\":{:.6f},\"operations\":{},\"bytes\":{},\"failures\":{},"
      "\"p50_us\":{:.1f},\"p99_us\":{:.1f}}}",
      seconds_, cpu_, microseconds_tenths_.size(), bytes_, failures_, percentile(0.5), percentile(0.99));
}

}  // namespace aluvia::bench
