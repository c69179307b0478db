// c-ares channels for many look-ups at a time. A channel keeps its UDP socket, and so its source port, as
// long as any of its questions is open. With one channel, overlapping questions would share one port for
// ever, and a forged answer would have to match 16 bits instead of 32 (RFC 5452 §4). Private to net/.
#pragma once

#include "net/deadline.hpp"
#include "net/dns_channel.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aluvia::net {

/// Loop thread only. Open questions end unanswered with the pool.
class DnsChannelPool {
 public:
  /// Channels at most; one takes about 75 KB and, while it waits, a socket.
  static constexpr std::size_t most_channels = 64;

  static Result<std::unique_ptr<DnsChannelPool>, std::string> open(Loop& loop, const std::string& servers);

  /// The channel for the questions of one look-up, which must be asked before the next call. It has no other
  /// open question, so that these leave from a port of their own. Beyond `most_channels` look-ups at a time,
  /// the others share one channel, and every ten seconds another one.
  DnsChannel& pick();

  /// A channel does not hear its answers; see DnsChannel::is_deaf().
  bool is_deaf() const noexcept;

 private:
  DnsChannelPool(Loop& loop, std::unique_ptr<DnsChannel> first);
  DnsChannel* add();
  DnsChannel& shared();
  void drop_idle();

  Loop& loop_;
  std::vector<std::unique_ptr<DnsChannel>> channels_;  // never empty
  std::size_t shared_ = 0;
  TimePoint shared_since_;
  Deadline burst_end_;  // gives back the channels of a burst of look-ups
};

}  // namespace aluvia::net
