// What clients, sites and the gateway may take of a proxy before it says no, and what an option for each
// takes.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace aluvia::proxy {
struct Limits;
}

namespace aluvia::agent {

struct Bounds {
  using Time = std::chrono::milliseconds;

  std::size_t head_bytes = 65'536;       ///< of the head of a request or response
  std::size_t head_fields = 256;         ///< in it
  Time head_time{15'000};                ///< from the first byte of a request's head to its last
  Time keep_alive{75'000};               ///< a kept client connection without a request
  Time stall{120'000};                   ///< a request or response in which no byte moves
  Time dial{10'000};                     ///< each try to connect: look-up, TCP and TLS together
  Time gateway_answer{20'000};           ///< the gateway's answer to CONNECT
  Time tunnel_idle{3'600'000};           ///< a tunnel in which no byte moves
  Time half_closed{60'000};              ///< the same once one side has ended
  std::size_t connections = 10'000;      ///< client connections, tunnels included; what comes beyond gets 503
  std::size_t head_memory = 33'554'432;  ///< bytes of all unfinished request heads together
};

/// A bound that is a number, or a time, with its option and what that takes, both ends included.
struct NumberBound {
  const char* option;
  std::size_t Bounds::*value;
  std::size_t least;
  std::size_t most;

  std::string takes() const;  ///< "takes a number from 8 to 4096"
};
struct TimeBound {
  const char* option;
  Bounds::Time Bounds::*value;
  Bounds::Time least;
  Bounds::Time most;

  std::string takes() const;  ///< "takes seconds from 0.1 to 3600"
};
std::span<const NumberBound> number_bounds();
std::span<const TimeBound> time_bounds();

/// The data plane's, all else as it is by default.
proxy::Limits limits_of(const Bounds& bounds);

}  // namespace aluvia::agent
