// Entry: the sums of one host, route and rule.
#pragma once

#include "ledger/error_counts.hpp"
#include "ledger/sums.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace aluvia::ledger {

/// Changed by the Ledger that owns it only. Its address is stable while it is open.
class Entry {
 public:
  Entry(const Key& key, std::uint64_t hash, Seconds now)
      : host_(key.host), rule_(key.rule), route_(key.route), hash_(hash), first_seen_(now), last_seen_(now) {}

  const std::string& host() const noexcept { return host_; }
  rules::Route route() const noexcept { return route_; }
  const std::string& rule() const noexcept { return rule_; }
  const Sums& sums() const noexcept { return sums_; }
  std::uint32_t open() const noexcept { return open_; }  ///< requests and tunnels that have not ended
  Seconds first_seen() const noexcept { return first_seen_; }
  Seconds last_seen() const noexcept { return last_seen_; }
  /// RFC 9209 error type of the last failure; empty if none has failed.
  std::string_view last_error() const noexcept {
    return last_error_ == no_error ? std::string_view{} : ErrorCounts::Count{last_error_}.name();
  }
  /// Failures by error type.
  const ErrorCounts& errors() const noexcept { return errors_; }

 private:
  friend class EntryTable;
  friend class Ledger;

  static constexpr std::uint32_t no_error = ~std::uint32_t{0};

  // The wall clock may jump back; the entry was seen at the later time all the same.
  void see(Seconds now) noexcept { last_seen_ = std::max(last_seen_, now); }
  void absorb(const Entry& other) {
    sums_ += other.sums_;
    errors_ += other.errors_;
    taken_ += other.taken_;
    first_seen_ = std::min(first_seen_, other.first_seen_);
    see(other.last_seen_);
  }

  std::string host_;
  std::string rule_;
  rules::Route route_;
  std::uint64_t hash_;
  Sums sums_;
  Sums taken_;  // the part of sums_ that Ledger::take_changes() has reported
  std::uint32_t open_ = 0;
  std::uint32_t last_error_ = no_error;  // index as in ErrorCounts::Count
  Seconds first_seen_;
  Seconds last_seen_;
  ErrorCounts errors_;
};

}  // namespace aluvia::ledger
