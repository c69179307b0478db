// RequestRing: keeps the last finished requests for live views, in memory that is bounded and used again.
#pragma once

#include "telemetry/request_record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::telemetry {

/// Loop thread only. Failures are always kept, other requests only for a minute after each look: a copy costs
/// some 300 instructions, a request that is not kept about ten.
class RequestRing {
 public:
  using Time = std::chrono::system_clock::time_point;
  /// Gets the sequence number and the record, whose views hold during the call.
  using Visitor = std::function<void(std::uint64_t sequence, const RequestRecord&)>;

  static constexpr std::size_t capacity = 512;          ///< below 500 KB, also with the longest names
  static constexpr std::chrono::seconds attention{60};  ///< requests are kept so long after a look

  /// Compares wall clocks: one that is set forward ends the attention early, which costs a viewer some lines.
  void add(const RequestRecord& record);

  /// Begins the attention again, and calls `visit` for the requests after `since`, oldest first, at most the
  /// last `most`. `since` beyond the last one is that of an earlier run: it counts as 0.
  void look(std::uint64_t since, std::size_t most, Time now, const Visitor& visit);

  /// Returns the last failed request of `host` that is still kept, or null. Valid until the next add().
  const RequestRecord* last_failure(std::string_view host) const noexcept;

  /// Sequence number of the last request that was kept; they count from 1.
  std::uint64_t last() const noexcept { return last_; }
  /// Number of requests that were not kept, because they ended without attention.
  std::uint64_t unseen() const noexcept { return unseen_; }
  /// Time that the last connect to the gateway took, TLS included; none was made for a request yet.
  std::optional<RequestRecord::Time> gateway_connect() const noexcept { return gateway_connect_; }

 private:
  struct Slot {
    RequestRecord record;  // its views are parts of `text`
    std::string text;
  };
  void keep(const RequestRecord& record);

  std::deque<Slot> slots_;  // the request `n` is in slot (n - 1) % capacity; slots never move
  std::uint64_t last_ = 0;
  std::uint64_t unseen_ = 0;
  Time watched_until_{};
  std::optional<RequestRecord::Time> gateway_connect_;
};

}  // namespace aluvia::telemetry
