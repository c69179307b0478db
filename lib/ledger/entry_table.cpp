#include "ledger/entry_table.hpp"

#include <algorithm>
#include <cstring>

namespace aluvia::ledger {
namespace {

constexpr std::size_t first_slots = 64;

// The golden ratio: its multiples spread over all upper bits.
constexpr std::uint64_t factor = 0x9E37'79B9'7F4A'7C15;

template <class Word>
Word word_at(const char* bytes) noexcept {
  Word word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// All bytes of a text of less than eight, without a loop: the parts may overlap.
std::uint64_t short_word(const char* bytes, std::size_t size) noexcept {
  if (size >= 4)
    return word_at<std::uint32_t>(bytes) | std::uint64_t{word_at<std::uint32_t>(bytes + size - 4)} << 32;
  if (size == 0) return 0;
  const auto byte = [&](std::size_t at) -> std::uint64_t { return static_cast<unsigned char>(bytes[at]); };
  return byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16;
}

// A polynomial of the host's words; the last one overlaps the one before it. The text of the rule is left
// out: a host rarely has two rules on one route, and the comparison reads them.
std::uint64_t hash_of(const Key& key) noexcept {
  const char* at = key.host.data();
  const std::size_t size = key.host.size();
  std::uint64_t hash = size + (key.rule.size() << 8) + (static_cast<std::uint64_t>(key.route) << 32);
  if (size >= 8) {
    const char* const last = at + size - 8;
    for (; at < last; at += 8) hash = hash * factor + word_at<std::uint64_t>(at);
    hash = hash * factor + word_at<std::uint64_t>(last);
  } else {
    hash = hash * factor + short_word(at, size);
  }
  hash = (hash ^ hash >> 32) * factor;
  return hash ^ hash >> 32;  // slots are chosen by the lower bits
}

// Calls of memcmp() cost more than the few words of most hosts and rules. Precondition: both have `size`
// bytes.
bool equal(const char* a, const char* b, std::size_t size) noexcept {
  if (size < 8) return short_word(a, size) == short_word(b, size);
  const char* const last = a + size - 8;
  if (word_at<std::uint64_t>(last) != word_at<std::uint64_t>(b + size - 8)) return false;
  for (; a < last; a += 8, b += 8) {
    if (word_at<std::uint64_t>(a) != word_at<std::uint64_t>(b)) return false;
  }
  return true;
}

bool equal(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && equal(a.data(), b.data(), a.size());
}

bool is_for(const Entry& entry, const Key& key) noexcept {
  return entry.route() == key.route && equal(entry.host(), key.host) && equal(entry.rule(), key.rule);
}

std::size_t name_bytes(std::string_view host, std::string_view rule) noexcept {
  return host.size() + rule.size();
}

}  // namespace

EntryTable::EntryTable(std::size_t most) : most_(most), slots_(first_slots), mask_(first_slots - 1) {}

Entry& EntryTable::at(const Key& key, Seconds now) {
  const std::uint64_t hash = hash_of(key);
  for (std::size_t i = hash & mask_; slots_[i].entry != nullptr; i = (i + 1) & mask_) {
    if (slots_[i].hash == hash && is_for(*slots_[i].entry, key)) return *slots_[i].entry;
  }
  return add(key, hash, now);
}

Entry& EntryTable::add(const Key& key, std::uint64_t hash, Seconds now) {
  if (key.host == other_name || (!fits(key) && !(fold(now) && fits(key)))) return make_other(key.route, now);
  name_bytes_ += name_bytes(key.host, key.rule);
  Entry& entry = *entries_.emplace_back(std::make_unique<Entry>(key, hash, now));
  if (entries_.size() * 2 > slots_.size())
    rebuild(slots_.size() * 2);
  else
    insert(entry);
  return entry;
}

Entry& EntryTable::make_other(rules::Route route, Seconds now) {
  auto& entry = others_[static_cast<std::size_t>(route)];
  if (!entry) entry = std::make_unique<Entry>(Key{other_name, route, other_name}, 0, now);
  return *entry;
}

bool EntryTable::fits(const Key& key) const noexcept {
  return entries_.size() < most_ && name_bytes_ + name_bytes(key.host, key.rule) <= most_name_bytes;
}

// Moves the entries with the fewest bytes into `(other)`, a sixteenth of the table at a time, so that a flood
// of new hosts pays for one search per batch. With fewer closed entries it moves none: the next host would
// have to search again.
bool EntryTable::fold(Seconds now) {
  const std::size_t batch = std::max<std::size_t>(std::min(most_, entries_.size()) / 16, 1);
  const auto closed =
      std::partition(entries_.begin(), entries_.end(), [](const auto& e) { return e->open() > 0; });
  if (static_cast<std::size_t>(entries_.end() - closed) < batch) return false;
  const auto first_folded = entries_.end() - static_cast<std::ptrdiff_t>(batch);
  std::nth_element(closed, first_folded, entries_.end(),
                   [](const auto& a, const auto& b) { return a->sums().bytes() > b->sums().bytes(); });
  for (auto at = first_folded; at != entries_.end(); ++at) {
    name_bytes_ -= name_bytes((*at)->host(), (*at)->rule());
    make_other((*at)->route(), now).absorb(**at);
  }
  entries_.erase(first_folded, entries_.end());
  rebuild(slots_.size());
  return true;
}

void EntryTable::insert(Entry& entry) noexcept {
  std::size_t i = entry.hash_ & mask_;
  while (slots_[i].entry != nullptr) i = (i + 1) & mask_;
  slots_[i] = {entry.hash_, &entry};
}

void EntryTable::rebuild(std::size_t slots) {
  slots_.assign(slots, Slot{});
  mask_ = slots - 1;
  for (const auto& entry : entries_) insert(*entry);
}

}  // namespace aluvia::ledger
