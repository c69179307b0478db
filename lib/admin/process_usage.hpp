// ProcessUsage: the memory, time and descriptors of this process, and their series, which have the names that
// the client libraries of Prometheus give them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace aluvia::admin {

class MetricsText;

/// A value that the system does not tell is absent.
struct ProcessUsage {
  std::optional<double> cpu_seconds{};  ///< in user and system mode, of all threads
  std::optional<std::uint64_t> resident_bytes{};
  std::optional<std::uint64_t> virtual_bytes{};
  std::optional<std::uint64_t> open_fds{};
  std::optional<std::uint64_t> max_fds{};
  std::optional<double> start_time{};  ///< seconds of Unix time
};

/// Reads /proc/self; takes well below a millisecond, so the loop may call it.
ProcessUsage read_process_usage();

/// Counts the open descriptors by a look at each; nothing if there are more than `most`. Kernels before 6.2
/// need that; newer ones tell the number.
std::optional<std::uint64_t> count_descriptors(std::size_t most);

void add_process_series(MetricsText& out, const ProcessUsage& usage);

}  // namespace aluvia::admin
