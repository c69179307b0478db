// Reads the hosts file at start and again when it changes. Rereading runs on a thread of its own: a file of
// 150,000 lines takes 31 ms to parse. Private to the module.
#pragma once

#include "dns/hosts_table.hpp"
#include "loop/event.hpp"
#include "loop/task.hpp"
#include "net/endpoint.hpp"

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace aluvia::dns {

/// Loop thread only; must outlive every task that waits for it.
class HostsFile {
 public:
  /// Reads the file now, before the loop runs. A file that is missing, no regular file or not readable names
  /// no host; of a larger one the first 64 MiB count.
  HostsFile(loop::Loop& loop, std::string path);
  /// Waits for the thread that reads, where there is one.
  ~HostsFile();
  HostsFile(const HostsFile&) = delete;
  HostsFile& operator=(const HostsFile&) = delete;

  /// Looks at the file's time, inode and size, at most once a second, and lets a thread read a file that has
  /// changed. True while it reads: then refreshed() is worth waiting for.
  bool is_changing();

  /// Returns when the changed file has been read, but not later than `deadline` or a second from now: a file
  /// system that hangs must not stop look-ups, which go on with the old contents then.
  loop::Task<void> refreshed(loop::TimePoint deadline);

  std::vector<net::Address> find(std::string_view host) const { return table_.find(host); }

 private:
  /// Identifies the contents of a file without reading it.
  struct Version {
    bool operator==(const Version&) const = default;
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
  };
  struct Contents {
    Version version;
    HostsTable table;
  };
  struct Reading;

  static Version version_of(const std::string& path) noexcept;
  static Contents read(const std::string& path);
  void begin_reading();
  void adopt();

  loop::Loop& loop_;
  const std::string path_;
  HostsTable table_;
  Version version_;
  loop::TimePoint checked_;
  std::shared_ptr<Reading> reading_;  // set while the thread reads
  std::thread reader_;
  std::list<loop::Event*> waiting_;
};

}  // namespace aluvia::dns
