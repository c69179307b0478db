// Distance: a forwarder that hands on every byte half a round trip after it came. The first bytes of a
// connection wait one round trip more, counted from when it was accepted, because on loopback connecting took
// no time; a connection that was made ahead has that behind it.
#pragma once

#include "base/stream.hpp"
#include "base/task.hpp"

namespace aluvia::bench {

Flow delay(Loop& loop, Fd client, const sockaddr_in& behind, Clock::duration round_trip);

}  // namespace aluvia::bench
