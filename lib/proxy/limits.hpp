// Every bound of the data plane, in one table. Times are milliseconds, so that tests can shorten them.
#pragma once

#include "http/head.hpp"

#include <chrono>
#include <cstddef>

namespace aluvia::proxy {

struct Limits {
  using Time = std::chrono::milliseconds;
  using s = std::chrono::seconds;

  http::HeadLimits head{};  ///< of requests: 64 KiB and 256 fields
  /// Of responses: 64 KiB and 1,000 fields.
  http::HeadLimits response_head = http::response_head_limits;
  Time head_time = s{15};          ///< from the first byte of a request head to its last
  Time keep_alive = s{75};         ///< a kept client connection without a request
  Time first_request = s{1};       ///< from its accept, a new connection's while the proxy is being stopped
  Time stall = s{120};             ///< an exchange in which no byte moves
  Time dial = s{10};               ///< look-up, connect and TLS, together
  Time gateway_answer = s{20};     ///< the gateway's answer to CONNECT, in each try
  Time early_silence = s{3};       ///< the answer to an early ClientHello, from the gateway's 2xx
  std::size_t gateway_tries = 3;   ///< of one request, before its client has seen a response
  Time gateway_retry_time = s{8};  ///< none is begun after it
  Time gateway_try = s{4};         ///< limit of a try that another may follow
  Time gateway_pause{150};         ///< before the second; four times as long before the third
  std::size_t gateway_faults = 5;  ///< in a row, then it is down and left alone
  Time gateway_rest = s{1};        ///< for so long, twice as long each time that it is still down
  Time gateway_longest_rest = s{15};
  Time gateway_fault_memory = s{60};  ///< age at which an observed fault is forgotten
  Time refresh = s{5};                ///< waiting for a configuration with other credentials
  Time refresh_again = s{5};          ///< before one is asked for again, after one that brought none
  Time tunnel_idle = s{3600};         ///< a tunnel in which no byte moves
  Time tunnel_probed = s{10};  ///< age at which TCP keep-alive begins for its upstream; below its idle time
  Time half_closed = s{60};    ///< the same once one side has ended
  Time drain = s{2};           ///< time of a tunnel that a new configuration ends; never_drain: no limit
  Time drain_quiet{250};       ///< or until nothing has moved in it for so long
  Time half_closed_client = s{10};  ///< a client that has ended its side and waits for a response
  static constexpr Time never_drain = Time::max();  ///< such tunnels stay until they end by themselves
  Time upstream_idle = s{30};                       ///< a kept upstream connection without a request
  Time fresh_enough = s{2};  ///< idle age up to which one carries what cannot be repeated
  Time linger = s{2};        ///< reading what a client still sends after our last word
  Time gateway_warm_life =
      s{20};  ///< an unused warm gateway connection; also the window that counts recent tunnels
  std::size_t upstream_idle_per_key = 32;
  std::size_t upstream_idle_total = 512;
  std::size_t bound_per_client = 4;            ///< idle upstream connections that only one client may use
  std::size_t connections = 10000;             ///< client connections and tunnels; see ClientShares
  std::size_t head_memory = 32 * 1024 * 1024;  ///< bytes of all unfinished request heads together
  std::size_t unproven_head = 16 * 1024;  ///< bytes kept of one that has not shown the credentials asked for
  std::size_t unproven_share = 16;  ///< this part of head_memory is for what such heads have beyond that
  Time fresh_client = s{1};  ///< a connection or unfinished head so young is spared where another can go

  /// From a CONNECT to its answer, all tries and changes of the configuration together: as much as a single
  /// try may take.
  Time opening() const noexcept { return dial + gateway_answer; }
};

}  // namespace aluvia::proxy
