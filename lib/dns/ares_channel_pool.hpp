// A pool of c-ares channels for concurrent lookups. A channel keeps its UDP socket, and so its source port,
// as long as one of its questions is open. With one channel, overlapping questions would share one port for
// ever, and a forged answer would have to match 16 bits instead of 32 (RFC 5452 §4). Private to the module.
#pragma once

#include "dns/ares_channel.hpp"
#include "loop/deadline.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aluvia::dns {

/// Loop thread only. Open questions end unanswered with the pool.
class AresChannelPool {
 public:
  /// Channels at most; one takes about 75 KB and, while it waits, a socket.
  static constexpr std::size_t most_channels = 64;

  static Result<std::unique_ptr<AresChannelPool>, std::string> open(loop::Loop& loop,
                                                                    const std::string& servers);

  /// The channel for the questions of one lookup, which must be asked before the next call. It has no other
  /// open question, so that these leave from a port of their own. Beyond `most_channels` lookups at a time,
  /// the others share one channel, and every ten seconds another one.
  AresChannel& pick();

 private:
  AresChannelPool(loop::Loop& loop, std::unique_ptr<AresChannel> first);
  AresChannel* add();
  AresChannel& shared();
  void drop_idle();

  loop::Loop& loop_;
  std::vector<std::unique_ptr<AresChannel>> channels_;  // never empty
  std::size_t shared_ = 0;
  loop::TimePoint shared_since_;
  loop::Deadline burst_end_;  // frees the channels of a burst of lookups
};

}  // namespace aluvia::dns
