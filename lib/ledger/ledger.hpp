// Ledger: counts requests, bytes and connect times by host, route and rule. It is pure accounting: the caller
// supplies times, and storage is elsewhere (usage/).
//
// A request or tunnel holds a reference to its entry between open() and close(), so a read of the data plane
// costs a few additions and no look-up. The sums of all entries never lose a byte: entries that must make way
// for others move into `(other)` of their route.
#pragma once

#include "ledger/change.hpp"
#include "ledger/entry.hpp"
#include "ledger/entry_table.hpp"
#include "ledger/sums.hpp"
#include "ledger/traffic_series.hpp"
#include "telemetry/request_record.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace aluvia::ledger {

/// Loop thread only.
class Ledger {
 public:
  /// `most_hosts` bounds the entries: combinations of host, route and rule.
  explicit Ledger(std::size_t most_hosts = 1024) : table_(most_hosts) {}
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Begins a request or tunnel. The entry stays valid until close(). Allocates for a new key only.
  Entry& open(const Key& key, Seconds now);
  /// Counts bytes on the wire of the upstream while they flow.
  void add(Entry& entry, std::uint64_t up, std::uint64_t down, Seconds now) noexcept {
    if (must_prepare(now)) [[unlikely]]
      prepare(now);
    entry.see(now);
    entry.sums_.bytes_up += up;
    entry.sums_.bytes_down += down;
    series_.add(entry.route_, up, down);
  }
  /// Ends it and counts its outcome and connect time. The record's bytes are not counted: add() has them.
  void close(Entry& entry, const telemetry::RequestRecord& record, Seconds now) noexcept;

  /// Ends it without an outcome: the request goes on under another key.
  void leave(Entry& entry) noexcept { --entry.open_; }

  /// All entries, `(other)` included, in no order. Valid until the next open().
  std::vector<const Entry*> entries() const;
  Sums total(rules::Route route) const noexcept;
  /// Bytes per minute: 60 points, oldest first; the last one is the minute of `now`.
  std::vector<Point> minutes(Seconds now) { return series_.minutes(now); }
  /// Bytes per hour: 168 points, likewise.
  std::vector<Point> hours(Seconds now) { return series_.hours(now); }

  /// Keeps changes for take_changes(). `on_change` is called at the first change after each take_changes(),
  /// must not throw, and may only arm a timer.
  void track_changes(std::function<void()> on_change);
  /// Returns what has changed since the last call, by hour. Precondition: track_changes() was called.
  std::vector<Change> take_changes();

 private:
  // True once a minute, when the clock jumps, and at the first change after take_changes(): one comparison
  // keeps all rare work off the hot path.
  bool must_prepare(Seconds now) const noexcept { return now - prepared_ >= one_minute; }
  [[gnu::noinline]] void prepare(Seconds now) noexcept;
  [[gnu::noinline]] static void count_failure(Entry& entry, const telemetry::RequestRecord& record) noexcept;
  void begin_hour(Seconds begin) noexcept;
  void collect_changes();
  void collect(Entry& entry);

  static constexpr Seconds never = Seconds{1} << 63;  // far from every Unix time

  EntryTable table_;
  TrafficSeries series_;
  std::function<void()> on_change_;  // empty: changes are not tracked
  bool is_changed_ = false;
  Seconds prepared_ = never;     // begin of the minute that prepare() was called for
  Seconds hour_begin_ = 0;       // of the hour that changes not collected yet belong to
  std::vector<Change> changes_;  // of earlier hours, collected and not taken
};

}  // namespace aluvia::ledger
