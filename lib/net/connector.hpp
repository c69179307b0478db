// A TCP connection to one of several addresses, by Happy Eyeballs (RFC 8305): families interleaved, the next
// attempt starts 250 ms after the last or as soon as it failed, the first that stands wins, the rest is
// closed.
#pragma once

#include "base/result.hpp"
#include "net/endpoint.hpp"
#include "net/socket.hpp"

#include <functional>
#include <vector>

namespace aluvia::net {

/// RFC 8305 §8: Connection Attempt Delay.
inline constexpr std::chrono::milliseconds connection_attempt_delay{250};

/// `addresses` in the order of RFC 8305 §4: the families alternate, beginning with the first one's.
std::vector<Address> interleave_families(const std::vector<Address>& addresses);

/// Connects; TCP_NODELAY is set. Errors: timed_out when `deadline` passes, else what the last address failed
/// with. Precondition: `addresses` is not empty.
loop::Task<Result<Socket>> connect(std::vector<Address> addresses, std::uint16_t port,
                                   loop::TimePoint deadline);

}  // namespace aluvia::net
