#include "ledger/ledger.hpp"

#include <utility>

namespace aluvia::ledger {
namespace {

// A clock that moves to and fro around a full hour makes changes of many hours. Beyond this number they stay
// with the hour that they began in.
constexpr std::size_t most_collected = 1024;

}  // namespace

Entry& Ledger::open(const Key& key, Seconds now) {
  if (must_prepare(now)) [[unlikely]]
    prepare(now);
  Entry& entry = table_.at(key, now);
  entry.see(now);
  ++entry.open_;
  return entry;
}

void Ledger::close(Entry& entry, const telemetry::RequestRecord& record, Seconds now) noexcept {
  if (must_prepare(now)) [[unlikely]]
    prepare(now);
  entry.see(now);
  --entry.open_;
  Sums& sums = entry.sums_;
  ++(record.is_tunnel ? sums.tunnels : sums.requests);
  if (record.connect) {
    ++sums.connects;
    sums.connect_us += static_cast<std::uint64_t>(record.connect->count());
  }
  if (record.outcome != telemetry::RequestRecord::Outcome::completed) [[unlikely]]
    count_failure(entry, record);
}

void Ledger::count_failure(Entry& entry, const telemetry::RequestRecord& record) noexcept {
  const bool is_failed = record.outcome == telemetry::RequestRecord::Outcome::failed;
  ++(is_failed ? entry.sums_.failures : entry.sums_.aborted);
  if (record.error.empty()) return;
  const std::size_t kind = telemetry::error_index(record.error);
  entry.last_error_ = static_cast<std::uint32_t>(kind);
  entry.errors_.add(kind);
}

std::vector<const Entry*> Ledger::entries() const {
  std::vector<const Entry*> out;
  out.reserve(table_.size() + 2);
  for (const auto& entry : table_.entries()) out.push_back(entry.get());
  for (const auto route : {rules::Route::direct, rules::Route::gateway}) {
    if (const Entry* const entry = table_.other_of(route)) out.push_back(entry);
  }
  return out;
}

Sums Ledger::total(rules::Route route) const noexcept {
  Sums out;
  for (const auto& entry : table_.entries()) {
    if (entry->route() == route) out += entry->sums();
  }
  if (const Entry* const entry = table_.other_of(route)) out += entry->sums();
  return out;
}

void Ledger::track_changes(std::function<void()> on_change) {
  on_change_ = std::move(on_change);
}

void Ledger::prepare(Seconds now) noexcept {
  if (series_.must_advance(now)) {
    series_.advance(now);
    begin_hour(now - now % one_hour);
  }
  prepared_ = now - now % one_minute;
  if (std::exchange(is_changed_, true)) return;
  if (on_change_) on_change_();
}

void Ledger::begin_hour(Seconds begin) noexcept {
  if (begin == hour_begin_ || changes_.size() >= most_collected) return;
  if (on_change_ && is_changed_) collect_changes();
  hour_begin_ = begin;
}

void Ledger::collect_changes() {
  for (const auto& entry : table_.entries()) collect(*entry);
  for (const auto route : {rules::Route::direct, rules::Route::gateway}) {
    if (Entry* const entry = table_.other_of(route)) collect(*entry);
  }
}

void Ledger::collect(Entry& entry) {
  Sums gained = entry.sums_;
  gained -= entry.taken_;
  if (gained == Sums{}) return;
  entry.taken_ = entry.sums_;
  changes_.push_back(
      {hour_begin_, entry.host_, entry.route_, entry.rule_, gained, entry.errors_.take_gained()});
}

std::vector<Change> Ledger::take_changes() {
  collect_changes();
  is_changed_ = false;
  prepared_ = never;
  return std::exchange(changes_, {});
}

}  // namespace aluvia::ledger
