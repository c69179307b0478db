// Every bound of the data plane, in one table.
#pragma once

#include <chrono>
#include <cstddef>

#include "http/head.hpp"

namespace aluvia::proxy {

struct Limits {
  http::HeadLimits head{};                      ///< 64 KiB and 256 fields, requests and responses
  std::chrono::seconds head_time{15};           ///< from the first byte of a request head to its last
  std::chrono::seconds keep_alive{75};          ///< a kept client connection without a request
  std::chrono::seconds stall{120};              ///< an exchange in which no byte moves
  std::chrono::seconds dial{10};                ///< look-up, connect and TLS, together
  std::chrono::seconds gateway_answer{20};      ///< the gateway's answer to CONNECT
  std::chrono::seconds tunnel_idle{3600};       ///< a tunnel in which no byte moves
  std::chrono::seconds half_closed{60};         ///< the same once one side has ended
  std::chrono::seconds upstream_idle{30};       ///< a kept upstream connection without a request
  std::chrono::milliseconds fresh_enough{2000};  ///< idle age up to which one carries what cannot be repeated
  std::chrono::seconds linger{2};               ///< reading what a client still sends after our last word
  std::size_t upstream_idle_per_key = 32;
  std::size_t upstream_idle_total = 512;
  std::size_t connections = 10000;  ///< client connections and tunnels; beyond it 503
};

}  // namespace aluvia::proxy
