#include "admin/process_usage.hpp"

#include "admin/metrics_text.hpp"

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <system_error>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::admin {
namespace {

// A look at one descriptor takes about a microsecond, and the loop may block for 5 ms.
constexpr std::size_t most_looks = 2048;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void read_cpu(ProcessUsage& out) {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return;
  out.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

// proc(5): the first two fields of statm are the whole size and the resident size, in pages.
void read_memory(ProcessUsage& out) {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(file >> size >> resident)) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  out.virtual_bytes = size * page;
  out.resident_bytes = resident * page;
}

std::optional<std::uint64_t> open_descriptors() {
  struct stat folder {};
  if (::stat("/proc/self/fd", &folder) != 0) return std::nullopt;
  if (folder.st_size > 0) return static_cast<std::uint64_t>(folder.st_size);  // since Linux 6.2
  return count_descriptors(most_looks);
}

void read_descriptors(ProcessUsage& out) {
  out.open_fds = open_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    out.max_fds = limit.rlim_cur;
  }
}

// proc(5): field 22 of stat is the start in clock ticks since boot. Field 2 is a name that may hold spaces
// and parentheses, so the fields are counted from the last parenthesis, which ends it.
std::optional<double> ticks_at_start() {
  std::ifstream file("/proc/self/stat");
  file.ignore(std::numeric_limits<std::streamsize>::max(), '(');
  std::string text;
  std::getline(file, text, '\0');
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) rest >> skipped;
  double ticks = 0;
  return rest >> ticks ? std::optional(ticks) : std::nullopt;
}

std::optional<double> time_of_start() {
  const auto ticks = ticks_at_start();
  timespec boot{};
  if (!ticks || ::clock_gettime(CLOCK_BOOTTIME, &boot) != 0) return std::nullopt;
  const double uptime = static_cast<double>(boot.tv_sec) + static_cast<double>(boot.tv_nsec) / 1e9;
  const double age = uptime - *ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return seconds(std::chrono::system_clock::now().time_since_epoch()) - age;
}

}  // namespace

ProcessUsage read_process_usage() {
  // Computed once: a start that moves by microseconds between scrapes would look like restarts.
  static const auto start = time_of_start();
  ProcessUsage out;
  out.start_time = start;
  read_cpu(out);
  read_memory(out);
  read_descriptors(out);
  return out;
}

std::optional<std::uint64_t> count_descriptors(std::size_t most) {
  std::error_code error;
  std::uint64_t count = 0;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
    if (++count > most) return std::nullopt;
  }
  return error ? std::nullopt : std::optional(count);
}

void add_process_series(MetricsText& out, const ProcessUsage& usage) {
  out.one("process_cpu_seconds_total", "counter", "Processor time of user and system.", usage.cpu_seconds);
  out.one("process_resident_memory_bytes", "gauge", "Resident memory.", usage.resident_bytes);
  out.one("process_virtual_memory_bytes", "gauge", "Virtual memory.", usage.virtual_bytes);
  out.one("process_open_fds", "gauge", "Open file descriptors.", usage.open_fds);
  out.one("process_max_fds", "gauge", "Limit of open file descriptors.", usage.max_fds);
  out.one("process_start_time_seconds", "gauge", "When the process was started, Unix time.",
          usage.start_time);
}

}  // namespace aluvia::admin
