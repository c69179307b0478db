// Asks for both address families of a name at the same time (RFC 8305 §3). A name server that never answers
// for one family costs 50 ms, not a timeout. Private to the module.
#pragma once

#include "dns/ares_channel.hpp"

namespace aluvia::dns {

/// RFC 8305 §8: Resolution Delay, how long a positive answer waits for the other family's.
inline constexpr std::chrono::milliseconds resolution_delay{50};

/// `done` is called once, possibly before this returns, and never after the channel is gone. Addresses stand
/// in the order of sort_by_preference(). Those of a family that answers after the delay are never used.
void ask_both_families(AresChannel& channel, const loop::Executor& executor, const std::string& host,
                       AresChannel::Done done);

}  // namespace aluvia::dns
