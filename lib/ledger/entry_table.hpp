// EntryTable: a hash table of entries, bounded in number and in the bytes of their names. When it is full,
// its smallest entries move into `(other)`.
#pragma once

#include "ledger/entry.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace aluvia::ledger {

class EntryTable {
 public:
  /// Bytes of hosts and rules. Clients choose hosts, and a host may have 253 bytes: the table would take
  /// twice the memory. A thousand usual names take half of this.
  static constexpr std::size_t most_name_bytes = 100'000;

  explicit EntryTable(std::size_t most);

  /// Returns the entry of `key`, a new one if there is none, or `(other)` of its route if the table is full
  /// and too many entries are open. Does not allocate for a known key. A new key costs constant time on
  /// average, and at most the time to move a batch and to build the table again.
  Entry& at(const Key& key, Seconds now);

  std::size_t size() const noexcept { return entries_.size(); }
  /// Without `(other)`, in no order.
  std::span<const std::unique_ptr<Entry>> entries() const noexcept { return entries_; }
  /// Null if no entry of the route has moved there.
  Entry* other_of(rules::Route route) const noexcept {
    return others_[static_cast<std::size_t>(route)].get();
  }

 private:
  // Open addressing with linear probing: most look-ups read one slot and one entry.
  struct Slot {
    std::uint64_t hash = 0;
    Entry* entry = nullptr;
  };

  [[gnu::noinline]] Entry& add(const Key& key, std::uint64_t hash, Seconds now);
  Entry& make_other(rules::Route route, Seconds now);
  bool fits(const Key& key) const noexcept;
  bool fold(Seconds now);
  void insert(Entry& entry) noexcept;
  void rebuild(std::size_t slots);

  std::size_t most_;
  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t mask_;         // slots_.size() - 1
  std::size_t name_bytes_ = 0;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::array<std::unique_ptr<Entry>, 2> others_;
};

}  // namespace aluvia::ledger
